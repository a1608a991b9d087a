/** What the stream of a payment tells: its state, and since when. */
import type { Recorded } from '@ecommercestack/event-store';
import { evolve } from '../domain/evolve.ts';
import { isPending, noPayment } from '../domain/payment.ts';
import type { Payment, PaymentEvent } from '../domain/payment.ts';

const prefix = 'payment-';
export const streamOf = (orderId: string): string => prefix + orderId;
export const orderOf = (streamId: string): string => streamId.slice(prefix.length);

export interface History {
  readonly payment: Payment;
  readonly version: number;
  /** When it changed last. */
  readonly changedAt: Date | undefined;
  /** Since when the provider is being waited for; undefined while nothing is awaited. */
  readonly pendingSince: Date | undefined;
}

const nothing: History = { payment: noPayment, version: 0, changedAt: undefined, pendingSince: undefined };

export function foldHistory(events: readonly Recorded[], from = nothing): History {
  // Only this service writes these streams, so that what is loaded is of its event type.
  return (events as readonly Recorded<PaymentEvent>[]).reduce<History>((before, event) => {
    const payment = evolve(before.payment, event, event.occurredAt);
    const pendingSince = isPending(payment) ? (before.pendingSince ?? event.occurredAt) : undefined;
    return { payment, version: event.version, changedAt: event.occurredAt, pendingSince };
  }, from);
}
