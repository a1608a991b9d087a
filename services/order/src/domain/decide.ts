/** Which events a command leads to. Pure: times and ids arrive inside the command. */
import type { OrderEvent } from './events.ts';
import type { Ending, OrderState, OrderTerms, PlacedOrder, Undo } from './order.ts';
import { cancellable, steps, transitions, type Reply } from './transitions.ts';

export type OrderCommand =
  | { readonly kind: 'place'; readonly terms: OrderTerms; readonly at: Date }
  | { readonly kind: 'reply'; readonly orderId: string; readonly reply: Reply; readonly at: Date }
  | { readonly kind: 'cancel'; readonly orderId: string; readonly at: Date }
  | { readonly kind: 'refund'; readonly orderId: string; readonly at: Date }
  /** The order's timer has fired for the `attempt`-th time since it was last set by a change. */
  | { readonly kind: 'tick'; readonly orderId: string; readonly attempt: number; readonly at: Date };

export type Refused = 'not-found' | 'order-not-cancellable' | 'order-not-refundable';

export interface Policy {
  /** How long an order waits for its payment, from the reservation on; less than the hold on the stock. */
  readonly paymentDeadlineMs: number;
  /** After this time without an answer a step or an undo is sent again; the wait doubles with each attempt. */
  readonly stepTimeoutMs: number;
  readonly maxStepTimeoutMs: number;
}

export type Verdict = { readonly events: readonly OrderEvent[] } | { readonly refused: Refused };

const NOTHING: Verdict = { events: [] };

export function decide(command: OrderCommand, state: OrderState, policy: Policy): Verdict {
  if (command.kind === 'place') {
    if (state.status !== 'NONE') throw new Error(`order ${command.terms.orderId} is placed twice`);
    return { events: [fact('order-placed', command.terms)] };
  }
  if (state.status === 'NONE') {
    return command.kind === 'cancel' || command.kind === 'refund' ? { refused: 'not-found' } : NOTHING;
  }
  switch (command.kind) {
    case 'reply':
      return decideReply(command.reply, command.at, state, policy);
    case 'cancel':
      return decideCancel(state);
    case 'refund':
      return decideRefund(state);
    case 'tick':
      return state.status === 'RESERVED' && command.at >= state.payBy
        ? { events: compensate(state, { status: 'REJECTED', reason: 'payment-unavailable' }) }
        : NOTHING;
  }
}

function decideCancel(state: PlacedOrder): Verdict {
  const ending: Ending = { status: 'CANCELLED', reason: 'customer-request' };
  if (cancellable.has(state.status)) return { events: compensate(state, ending) };
  return endsAs(state, ending) ? NOTHING : { refused: 'order-not-cancellable' };
}

function decideRefund(state: PlacedOrder): Verdict {
  const ending: Ending = { status: 'CANCELLED', reason: 'refunded' };
  if (state.status === 'CONFIRMED') return { events: compensate(state, ending) };
  return endsAs(state, ending) ? NOTHING : { refused: 'order-not-refundable' };
}

/** Whether the order has ended so, or is on its way there: then asking again has nothing to add. */
function endsAs(state: PlacedOrder, { status, reason }: Ending): boolean {
  const ending = state.status === 'COMPENSATING' ? state.ending : state;
  return ending.status === status && 'reason' in ending && ending.reason === reason;
}

function decideReply(reply: Reply, at: Date, state: PlacedOrder, policy: Policy): Verdict {
  const transition = transitions[state.status][reply.type];
  switch (transition?.kind) {
    case undefined:
      return NOTHING;
    case 'advance':
      return { events: [advanced(reply, at, policy)] };
    case 'acknowledge':
      return { events: acknowledge(reply, transition.undo, state) };
    case 'compensate': {
      const reason = refusalReason(reply) ?? transition.reason;
      const skus = reply.type === 'stock-refused' ? reply.data.skus : undefined;
      return { events: compensate(state, { status: 'REJECTED', reason }, transition.settles, skus) };
    }
  }
}

function refusalReason(reply: Reply): 'out-of-stock' | 'unknown-product' | undefined {
  if (reply.type !== 'stock-refused' || reply.data.reason === 'released') return undefined;
  return reply.data.reason;
}

function advanced(reply: Reply, at: Date, policy: Policy): OrderEvent {
  if (reply.type === 'stock-reserved') {
    const payBy = new Date(at.getTime() + policy.paymentDeadlineMs).toISOString();
    return fact('stock-reserved', { expiresAt: reply.data.expiresAt, payBy });
  }
  if (reply.type === 'payment-authorised' || reply.type === 'reservation-committed')
    return fact(reply.type, {});
  if (reply.type === 'payment-captured') return fact('order-confirmed', {});
  throw new Error(`no order advances by ${reply.type}`);
}

function compensate(
  state: PlacedOrder,
  ending: Ending,
  settled?: Undo,
  skus?: readonly string[],
): readonly OrderEvent[] {
  const pending = steps[state.status].undos.filter((undo) => undo !== settled);
  return pending.length === 0 ? [ended(ending, skus)] : [fact('compensation-started', { ending, pending })];
}

function acknowledge(reply: Reply, undo: Undo, state: PlacedOrder): readonly OrderEvent[] {
  if (state.status !== 'COMPENSATING' || !state.pending.includes(undo)) return [];
  const undone = undoneBy(reply);
  return state.pending.length === 1 ? [undone, ended(state.ending)] : [undone];
}

function undoneBy({ type }: Reply): OrderEvent {
  if (type === 'reservation-released') return fact('stock-released', {});
  if (type === 'payment-voided' || type === 'payment-refunded' || type === 'payment-declined') {
    return fact('payment-undone', { by: type });
  }
  throw new Error(`${type} acknowledges no undo`);
}

function ended(ending: Ending, skus?: readonly string[]): OrderEvent {
  if (ending.status === 'CANCELLED') return fact('order-cancelled', { reason: ending.reason });
  return fact('order-rejected', { reason: ending.reason, ...(skus && { skus }) });
}

function fact<T extends OrderEvent['type']>(
  type: T,
  data: Extract<OrderEvent, { type: T }>['data'],
): OrderEvent {
  return { type, schemaVersion: 1, data } as OrderEvent;
}
