/** What an order asks of the other services, and when it asks again: `(state, message) → {events, commands, timers}`. */
import type { OrderEvent as OrderAnnouncement, StockLine } from '@ecommercestack/contracts';
import type { Recorded } from '@ecommercestack/event-store';
import { decide, type OrderCommand, type Policy, type Refused } from './decide.ts';
import { evolve } from './evolve.ts';
import type { OrderEvent } from './events.ts';
import { isTerminal, type OrderState, type OrderTerms, type PlacedOrder } from './order.ts';
import { steps, undoCommands, type SagaCommandType } from './transitions.ts';

/** A command as the domain knows it: the payment token is added where the command is sent. */
export interface SagaCommand {
  readonly type: SagaCommandType;
  readonly terms: OrderTerms;
}

export type TimerChange =
  | { readonly kind: 'keep' }
  | { readonly kind: 'cancel' }
  /** `attempt` counts the firings since the order last changed course, from 1. */
  | { readonly kind: 'set'; readonly dueAt: Date; readonly attempt: number };

export interface Reaction {
  readonly events: readonly OrderEvent[];
  readonly after: OrderState;
  readonly commands: readonly SagaCommand[];
  readonly announcements: readonly OrderAnnouncement[];
  readonly timer: TimerChange;
  readonly refused?: Refused;
}

export function react(command: OrderCommand, before: OrderState, policy: Policy): Reaction {
  const verdict = decide(command, before, policy);
  if ('refused' in verdict) {
    return { ...idle(before), refused: verdict.refused };
  }
  const { events } = verdict;
  if (events.length === 0) return command.kind === 'tick' ? again(command, before, policy) : idle(before);
  const after = applyAt(events, before, command.at);
  const entered = after.status !== before.status;
  return {
    events,
    after,
    commands: entered ? commandsOf(after) : [],
    announcements: entered ? announcementsOf(after) : [],
    timer: entered ? timerOf(after, command.at, policy) : { kind: 'keep' },
  };
}

function idle(state: OrderState): Reaction {
  return { events: [], after: state, commands: [], announcements: [], timer: { kind: 'keep' } };
}

/** The answer is overdue: the same commands again. They are idempotent by order, so a repeat does no harm. */
function again(command: OrderCommand & { kind: 'tick' }, state: OrderState, policy: Policy): Reaction {
  if (state.status === 'NONE' || isTerminal(state.status))
    return { ...idle(state), timer: { kind: 'cancel' } };
  const attempt = command.attempt + 1;
  const dueAt = nextTry(state, attempt, command.at, policy);
  return { ...idle(state), commands: commandsOf(state), timer: { kind: 'set', dueAt, attempt } };
}

function applyAt(events: readonly OrderEvent[], before: OrderState, at: Date): PlacedOrder {
  let version = before.status === 'NONE' ? 0 : before.version;
  let state = before;
  for (const event of events) {
    version += 1;
    state = evolve(state, pretend(event, version, at));
  }
  if (state.status === 'NONE') throw new Error('no events to apply');
  return state;
}

function pretend(event: OrderEvent, version: number, at: Date): Recorded<OrderEvent> {
  return { ...event, eventId: '', streamId: '', version, occurredAt: at, metadata: {} };
}

/** The commands a status stands for: its step, or the undos it still waits for. */
function commandsOf(state: PlacedOrder): readonly SagaCommand[] {
  const { terms } = state;
  if (state.status === 'COMPENSATING') {
    return state.pending.map((undo) => ({ type: undoCommands[undo], terms }));
  }
  const { send } = steps[state.status];
  return send === undefined ? [] : [{ type: send, terms }];
}

/** As the inventory wants them: each SKU once, sorted. */
export function stockLines(terms: OrderTerms): readonly StockLine[] {
  return terms.lines
    .map(({ sku, quantity }) => ({ sku, quantity }))
    .toSorted((a, b) => (a.sku < b.sku ? -1 : 1));
}

function announcementsOf(state: PlacedOrder): readonly OrderAnnouncement[] {
  const { orderId, customerId, total } = state.terms;
  const data = { orderId, customerId, total, version: state.version };
  if (state.status === 'PENDING') return [{ type: 'order-placed', data }];
  if (state.status === 'CONFIRMED') return [{ type: 'order-confirmed', data }];
  if (state.status === 'REJECTED')
    return [{ type: 'order-rejected', data: { ...data, reason: state.reason } }];
  if (state.status !== 'CANCELLED') return [];
  return [{ type: state.reason === 'refunded' ? 'order-refunded' : 'order-cancelled', data }];
}

/**
 * One timer per order, set when it is placed and cancelled when it ends: the steps between neither move it nor
 * need to, as it fires early enough for each of them (see `nextTry`).
 */
function timerOf(state: PlacedOrder, at: Date, policy: Policy): TimerChange {
  if (isTerminal(state.status)) return { kind: 'cancel' };
  if (state.status !== 'PENDING' && state.status !== 'COMPENSATING') return { kind: 'keep' };
  return { kind: 'set', dueAt: nextTry(state, 1, at, policy), attempt: 1 };
}

function nextTry(state: PlacedOrder, attempt: number, at: Date, policy: Policy): Date {
  const wait = Math.min(policy.maxStepTimeoutMs, policy.stepTimeoutMs * 2 ** Math.min(attempt - 1, 30));
  const due = at.getTime() + wait;
  // In PENDING a deadline may start at any moment, and lies at least its whole length ahead.
  if (state.status === 'PENDING') return new Date(Math.min(due, at.getTime() + policy.paymentDeadlineMs));
  if (state.status === 'RESERVED') return new Date(Math.min(due, state.payBy.getTime()));
  return new Date(due);
}
