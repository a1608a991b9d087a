/** Decides what a command changes: events, the reply to the saga, the next call, and the timer that covers it. */
import type { PaymentEvent as Reply } from '@ecommercestack/contracts';
import { captureFailed, replyOf, voided } from './replies.ts';
import type { AuthorisePayment, PaymentCommand, RetryPolicy } from './commands.ts';
import { evolve, undoOf } from './evolve.ts';
import { mayArriveLate, nextLook } from './late-arrival.ts';
import { isPending, operationOf } from './payment.ts';
import type { Operation, Payment, PaymentEvent } from './payment.ts';
import { decideFinding, decideOutcome } from './outcomes.ts';
import type { Change } from './outcomes.ts';

export interface PaymentDecision {
  readonly events: readonly PaymentEvent[];
  readonly payment: Payment;
  readonly reply: Reply | undefined;
  /** To be made once the events are committed. */
  readonly call: Operation | undefined;
  /** When to ask the provider what became of the payment. Undefined: nothing is awaited, or what is set stays. */
  readonly timer: { readonly dueAt: Date; readonly attempt: number } | undefined;
}

const none: Change = { events: [] };

export function decide(command: PaymentCommand, payment: Payment, policy: RetryPolicy): PaymentDecision {
  const change = changeOf(command, payment, policy);
  const next = change.events.reduce((state, event) => evolve(state, event, command.now), payment);
  const moved = next.status !== payment.status || change.events.some(isRepeat);
  const call =
    isPending(next) && sends(next) && (moved || change.callAgain === true) ? operationOf(next) : undefined;
  const reply =
    change.reply ?? (change.events.length > 0 && moved ? replyOf(next, command.orderId) : undefined);
  const timer = isPending(next)
    ? timerOf(command, policy, call !== undefined)
    : lateTimerOf(command, payment, next, policy);
  return { events: change.events, payment: next, reply, call, timer };
}

const isRepeat = (event: PaymentEvent): boolean => event.type === 'payment-request-repeated';

/** `unknown` and `deferred` wait: for a finding, and for the breaker. */
function sends(payment: Payment): boolean {
  return payment.status !== 'unknown' && payment.status !== 'deferred';
}

function changeOf(command: PaymentCommand, payment: Payment, policy: RetryPolicy): Change {
  switch (command.kind) {
    case 'authorise-payment':
      return authorise(command, payment);
    case 'capture-payment':
      return capture(command.orderId, payment);
    case 'undo-payment':
      return undo(command.orderId, payment);
    case 'record-outcome':
      return decideOutcome(command, payment);
    case 'record-finding':
      return decideFinding(command, payment, policy);
    case 'resume':
      return payment.status === 'deferred'
        ? { events: [{ type: 'payment-request-repeated', data: {} }] }
        : none;
  }
}

function authorise({ orderId, customerId, amount }: AuthorisePayment, payment: Payment): Change {
  if (payment.status !== 'none') return repeatReply(payment, orderId);
  const keys = {
    authorisationKey: `${orderId}:authorise`,
    captureKey: `${orderId}:capture`,
    voidKey: `${orderId}:void`,
    refundKey: `${orderId}:refund`,
  };
  return { events: [{ type: 'payment-requested', data: { orderId, customerId, amount, ...keys } }] };
}

function capture(orderId: string, payment: Payment): Change {
  switch (payment.status) {
    case 'authorised':
      return { events: [{ type: 'payment-capture-requested', data: {} }] };
    case 'capturing':
      return none;
    case 'captured':
    case 'capture-failed':
      return repeatReply(payment, orderId);
    case 'none':
    case 'requested':
    case 'deferred':
    case 'unknown':
    case 'declined':
    case 'voiding':
    case 'refunding':
    case 'voided':
    case 'voided-cleaning':
    case 'refunded':
      return { events: [], reply: captureFailed(orderId, `payment-${payment.status}`) };
  }
}

function undo(orderId: string, payment: Payment): Change {
  switch (payment.status) {
    // A tombstone: the request may come later, and is then refused.
    case 'none':
    case 'deferred':
      return { events: [{ type: 'payment-voided', data: { orderId } }] };
    case 'requested':
    case 'unknown':
    case 'capturing':
      return undoOf(payment) ? none : { events: [{ type: 'payment-undo-requested', data: {} }] };
    case 'authorised':
    case 'capture-failed':
      return { events: [{ type: 'payment-void-requested', data: {} }] };
    case 'captured':
      return { events: [{ type: 'payment-refund-requested', data: {} }] };
    case 'declined':
      return { events: [], reply: voided(orderId) };
    case 'voiding':
    case 'refunding':
      return none;
    case 'voided':
    case 'voided-cleaning':
    case 'refunded':
      return repeatReply(payment, orderId);
  }
}

function repeatReply(payment: Payment, orderId: string): Change {
  return { events: [], reply: replyOf(payment, orderId) };
}

function timerOf(
  command: PaymentCommand,
  policy: RetryPolicy,
  calling: boolean,
): { readonly dueAt: Date; readonly attempt: number } {
  const attempt = 'attempt' in command ? command.attempt : 0;
  if (calling || !('random' in command)) return { dueAt: later(command.now, policy.resolveAfterMs), attempt };
  const step = Math.min(policy.retryMaxMs, policy.retryBaseMs * 2 ** Math.min(attempt, 30));
  const dueAt = later(command.now, step / 2 + (command.random * step) / 2);
  if (command.notBefore === undefined || command.notBefore <= dueAt) return { dueAt, attempt: attempt + 1 };
  // Settings may shorten the wait meanwhile, so that none is longer than the longest pause.
  const earliest = later(command.notBefore, command.random * policy.retryBaseMs);
  const latest = later(command.now, policy.retryMaxMs);
  return { dueAt: earliest < latest ? earliest : latest, attempt: attempt + 1 };
}

function lateTimerOf(
  command: PaymentCommand,
  before: Payment,
  after: Payment,
  policy: RetryPolicy,
): PaymentDecision['timer'] {
  const look = mayArriveLate(after) ? nextLook(command, before, after, policy) : undefined;
  if (look === 'retry') return timerOf(command, policy, false);
  return look && { dueAt: look, attempt: 0 };
}

const later = (now: Date, ms: number): Date => new Date(now.getTime() + ms);
