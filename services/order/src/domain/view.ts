/** An order as its readers see it. */
import type { Order } from '@ecommercestack/contracts';
import type { Ending, PlacedOrder } from './order.ts';
import { cancellable } from './transitions.ts';

export function viewOf(state: PlacedOrder): Order {
  const { orderId, customerId, lines, total } = state.terms;
  const reason = reasonOf(state);
  return {
    orderId,
    customerId,
    status: state.status,
    ...(reason !== undefined && { reason }),
    lines: [...lines],
    total,
    cancellable: cancellable.has(state.status),
    version: state.version,
    createdAt: state.placedAt.toISOString(),
    updatedAt: state.changedAt.toISOString(),
  };
}

/** Why the order failed or was cancelled, from the moment the undoing starts. */
function reasonOf(state: PlacedOrder): Ending['reason'] | undefined {
  if (state.status === 'COMPENSATING') return state.ending.reason;
  return 'reason' in state ? state.reason : undefined;
}
