/** Given-when-then for payments: past events, a command, and what comes of it. */
import type { PaymentCommand, RetryPolicy } from '../domain/commands.ts';
import { decide } from '../domain/decide.ts';
import type { PaymentDecision } from '../domain/decide.ts';
import { evolve } from '../domain/evolve.ts';
import { noPayment } from '../domain/payment.ts';
import type { Operation, Payment, PaymentDetails, PaymentEvent } from '../domain/payment.ts';
import type { CallOutcome, FindOutcome } from '../domain/provider.ts';

export const policy: RetryPolicy = {
  resolveAfterMs: 10_000,
  arrivalLimitMs: 15_000,
  lateLimitMs: 24 * 3_600_000,
  retryBaseMs: 1000,
  retryMaxMs: 60_000,
};

export const orderId = '01935b5e-7c4a-7000-8000-000000000001';
export const amount = { amount: 1999, currency: 'EUR' };
export const t0 = new Date('2026-01-01T00:00:00Z');
export const providerId = 'pi_1';

const details: PaymentDetails = {
  orderId,
  customerId: 'ada',
  amount,
  authorisationKey: `${orderId}:authorise`,
  captureKey: `${orderId}:capture`,
  voidKey: `${orderId}:void`,
  refundKey: `${orderId}:refund`,
};

/** Events with the data they usually have, by type. */
export const event = {
  requested: { type: 'payment-requested', data: details },
  repeated: { type: 'payment-request-repeated', data: {} },
  deferred: { type: 'payment-deferred', data: { cause: 'ECONNREFUSED' } },
  undoRequested: { type: 'payment-undo-requested', data: {} },
  authorised: { type: 'payment-authorised', data: { providerId } },
  declined: { type: 'payment-declined', data: { reason: 'generic_decline' } },
  captureRequested: { type: 'payment-capture-requested', data: {} },
  captured: { type: 'payment-captured', data: {} },
  captureFailed: { type: 'payment-capture-failed', data: { reason: 'generic_decline' } },
  voidRequested: { type: 'payment-void-requested', data: {} },
  voided: { type: 'payment-voided', data: { orderId } },
  refundRequested: { type: 'payment-refund-requested', data: {} },
  refunded: { type: 'payment-refunded', data: { amount } },
  lateFound: { type: 'payment-late-authorisation-found', data: { providerId } },
  lateVoided: { type: 'payment-late-authorisation-voided', data: {} },
} as const satisfies Record<string, PaymentEvent>;

export const unknown = (operation: Operation): PaymentEvent => ({
  type: 'payment-outcome-unknown',
  data: { operation, cause: 'timeout' },
});

export const at = (seconds: number): Date => new Date(t0.getTime() + seconds * 1000);

export const authorise = { kind: 'authorise-payment', orderId, customerId: 'ada', amount, now: t0 } as const;
export const capture = { kind: 'capture-payment', orderId, now: t0 } as const;
export const undo = { kind: 'undo-payment', orderId, now: t0 } as const;
const attempt = { orderId, now: t0, attempt: 0, random: 0 };
export const outcome = (operation: Operation, result: CallOutcome): PaymentCommand => ({
  kind: 'record-outcome',
  operation,
  outcome: result,
  ...attempt,
});
export const finding = (found: FindOutcome, now: Date = t0) => ({
  kind: 'record-finding' as const,
  finding: found,
  ...attempt,
  now,
});
export const resume: PaymentCommand = { kind: 'resume', ...attempt };
export const approved: CallOutcome = { kind: 'approved', providerId };

export function given(...events: readonly PaymentEvent[]) {
  const payment = events.reduce<Payment>((state, each) => evolve(state, each, t0), noPayment);
  return { payment, when: (command: PaymentCommand): PaymentDecision => decide(command, payment, policy) };
}
