/** The state of an order is the fold of its events. */
import type { Recorded } from '@ecommercestack/event-store';
import { statusAfter, type OrderEvent } from './events.ts';
import type { OrderState, Placed, PlacedOrder } from './order.ts';

export const initialState: OrderState = { status: 'NONE' };

/** Throws on a log that the domain cannot have written. */
export function evolve(state: OrderState, event: Recorded<OrderEvent>): PlacedOrder {
  if (event.type === 'order-placed') {
    const { version, occurredAt } = event;
    return { status: 'PENDING', terms: event.data, version, placedAt: occurredAt, changedAt: occurredAt };
  }
  if (state.status === 'NONE') throw new Error(`${event.streamId} starts with ${event.type}`);
  const { terms, placedAt } = state;
  const placed: Placed = { terms, placedAt, version: event.version, changedAt: event.occurredAt };
  switch (event.type) {
    case 'stock-reserved':
      return { ...placed, status: 'RESERVED', payBy: new Date(event.data.payBy) };
    case 'payment-authorised':
    case 'reservation-committed':
    case 'order-confirmed':
      return { ...placed, status: statusAfter[event.type] };
    case 'compensation-started':
      return { ...placed, status: 'COMPENSATING', ...event.data };
    case 'payment-undone':
    case 'stock-released': {
      if (state.status !== 'COMPENSATING') throw new Error(`${event.type} in ${state.status}`);
      const undone = event.type === 'payment-undone' ? 'payment' : 'stock';
      const { status, ending, pending } = state;
      return { ...placed, status, ending, pending: pending.filter((undo) => undo !== undone) };
    }
    case 'order-rejected':
      return { ...placed, status: 'REJECTED', reason: event.data.reason };
    case 'order-cancelled':
      return { ...placed, status: 'CANCELLED', reason: event.data.reason };
  }
}

export function fold(events: Iterable<Recorded<OrderEvent>>, from: OrderState = initialState): OrderState {
  let state = from;
  for (const event of events) state = evolve(state, event);
  return state;
}
