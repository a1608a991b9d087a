/** What the provider's answers mean in each state. Late, repeated and contradicting ones change nothing. */
import type { PaymentEvent as Reply } from '@ecommercestack/contracts';
import type { PaymentCommand, RetryPolicy } from './commands.ts';
import { detailsOf, undoOf } from './evolve.ts';
import { operationOf, isPending } from './payment.ts';
import type { Operation, Payment, PaymentEvent, Pending } from './payment.ts';
import type { CallOutcome, ProviderPayment } from './provider.ts';
import { voided } from './replies.ts';

/** What one command does to one state, before the consequences that every change has. */
export interface Change {
  readonly events: readonly PaymentEvent[];
  /** Where the change asks for another one than that of the state it leads to. */
  readonly reply?: Reply | undefined;
  /** Makes the pending call again although nothing changed. */
  readonly callAgain?: boolean;
}

type Finding = Extract<PaymentCommand, { kind: 'record-finding' }>;
type Outcome = Extract<PaymentCommand, { kind: 'record-outcome' }>;

const none: Change = { events: [] };

export function decideOutcome({ operation, outcome }: Outcome, payment: Payment): Change {
  if (payment.status === 'voided' && operation === 'authorise' && outcome.kind === 'approved') {
    return lateAuthorisation(payment, outcome.providerId);
  }
  if (!isPending(payment) || payment.status === 'deferred' || operationOf(payment) !== operation) return none;
  switch (outcome.kind) {
    case 'approved':
      return { events: approved(payment, outcome.providerId) };
    case 'declined':
      return declined(payment, outcome.reason);
    case 'unknown':
      return { events: inDoubt(payment, operation, outcome.cause) };
    case 'failed':
      return { events: notDone(payment, operation, outcome) };
  }
}

export function decideFinding({ finding, now }: Finding, payment: Payment, policy: RetryPolicy): Change {
  switch (finding.kind) {
    case 'unknown':
    case 'failed':
      return none;
    case 'not-found':
      return notFound(payment, now, policy);
    case 'found':
      return found(payment, finding.payment);
  }
}

function approved(payment: Pending, providerId: string): readonly PaymentEvent[] {
  switch (payment.status) {
    case 'requested':
    case 'unknown':
      return [
        { type: 'payment-authorised', data: { providerId } },
        ...undoneAs(payment, 'payment-void-requested'),
      ];
    case 'capturing':
      return [{ type: 'payment-captured', data: {} }, ...undoneAs(payment, 'payment-refund-requested')];
    case 'voiding':
      return [{ type: 'payment-voided', data: { orderId: payment.details.orderId } }];
    case 'refunding':
      return [{ type: 'payment-refunded', data: { amount: payment.details.amount } }];
    case 'voided-cleaning':
      return [{ type: 'payment-late-authorisation-voided', data: {} }];
    case 'deferred':
      return [];
  }
}

function declined(payment: Pending, reason: string): Change {
  switch (payment.status) {
    case 'requested':
    case 'unknown': {
      const reply = payment.undo ? voided(payment.details.orderId) : undefined;
      return { events: [{ type: 'payment-declined', data: { reason } }], reply };
    }
    case 'capturing': {
      const failed: PaymentEvent = { type: 'payment-capture-failed', data: { reason } };
      return { events: [failed, ...undoneAs(payment, 'payment-void-requested')] };
    }
    // A void or refund is never given up: the timer asks what became of it and tries again.
    case 'voiding':
    case 'refunding':
    case 'voided-cleaning':
      return { events: inDoubt(payment, operationOf(payment), `refused: ${reason}`) };
    case 'deferred':
      return none;
  }
}

function inDoubt(payment: Pending, operation: Operation, cause: string): readonly PaymentEvent[] {
  const known =
    payment.status === 'unknown' ||
    (payment.status !== 'requested' && 'inDoubt' in payment && payment.inDoubt);
  return known ? [] : [{ type: 'payment-outcome-unknown', data: { operation, cause } }];
}

function notDone(
  payment: Pending,
  operation: Operation,
  { cause }: Extract<CallOutcome, { kind: 'failed' }>,
): readonly PaymentEvent[] {
  if (payment.status !== 'requested') return [];
  if (payment.inDoubt) return inDoubt(payment, operation, cause);
  if (payment.undo) return [{ type: 'payment-voided', data: { orderId: payment.details.orderId } }];
  return [{ type: 'payment-deferred', data: { cause } }];
}

/** A request that nobody knows may still be on its way: repeating it is safe with its key, giving it up only later. */
function notFound(payment: Payment, now: Date, policy: RetryPolicy): Change {
  if (payment.status !== 'requested' && payment.status !== 'unknown') return none;
  if (!payment.undo) return { events: [{ type: 'payment-request-repeated', data: {} }] };
  const arrived = now.getTime() - payment.since.getTime() >= policy.arrivalLimitMs;
  return arrived
    ? { events: [{ type: 'payment-voided', data: { orderId: payment.details.orderId } }] }
    : none;
}

function found(payment: Payment, seen: ProviderPayment): Change {
  if (payment.status === 'voided' && seen.status === 'authorised')
    return lateAuthorisation(payment, seen.providerId);
  if (!isPending(payment) || payment.status === 'deferred') return none;
  switch (payment.status) {
    case 'requested':
    case 'unknown':
      if (seen.status === 'declined') return declined(payment, seen.reason ?? 'declined');
      if (seen.status === 'voided') return declined(payment, 'voided-by-provider');
      return { events: approved(payment, seen.providerId) };
    case 'capturing':
      if (seen.status === 'captured' || seen.status === 'refunded')
        return { events: approved(payment, seen.providerId) };
      if (seen.status === 'voided') return declined(payment, 'authorisation-voided');
      return { events: [], callAgain: true };
    case 'voiding':
      if (seen.status === 'captured') return { events: [{ type: 'payment-refund-requested', data: {} }] };
      return doneOr(payment, seen, ['voided', 'declined', 'refunded']);
    case 'voided-cleaning':
      return doneOr(payment, seen, ['voided', 'declined']);
    case 'refunding':
      return doneOr(payment, seen, ['refunded']);
  }
}

function doneOr(payment: Pending, seen: ProviderPayment, done: readonly ProviderPayment['status'][]): Change {
  return done.includes(seen.status)
    ? { events: approved(payment, seen.providerId) }
    : { events: [], callAgain: true };
}

function lateAuthorisation(payment: Extract<Payment, { status: 'voided' }>, providerId: string): Change {
  if (detailsOf(payment) === undefined || payment.providerId !== undefined) return none;
  return { events: [{ type: 'payment-late-authorisation-found', data: { providerId } }] };
}

function undoneAs(
  payment: Payment,
  type: 'payment-void-requested' | 'payment-refund-requested',
): readonly PaymentEvent[] {
  return undoOf(payment) ? [{ type, data: {} }] : [];
}
