/** What the order saga is told. Every resting state has one reply, so that a repeated command repeats it. */
import { paymentEvents } from '@ecommercestack/contracts';
import type { PaymentEvent as Reply } from '@ecommercestack/contracts';
import type { Payment } from './payment.ts';

export function replyOf(payment: Payment, orderId: string): Reply | undefined {
  switch (payment.status) {
    case 'authorised':
      return { type: paymentEvents.paymentAuthorised.type, data: { orderId } };
    case 'declined':
      return { type: paymentEvents.paymentDeclined.type, data: { orderId, reason: payment.reason } };
    case 'captured':
      return { type: paymentEvents.paymentCaptured.type, data: { orderId } };
    case 'capture-failed':
      return captureFailed(orderId, payment.reason);
    case 'voided':
    case 'voided-cleaning':
      return voided(orderId);
    case 'refunded':
      return { type: paymentEvents.paymentRefunded.type, data: { orderId, amount: payment.details.amount } };
    case 'none':
    case 'requested':
    case 'deferred':
    case 'unknown':
    case 'capturing':
    case 'voiding':
    case 'refunding':
      return undefined;
  }
}

export function voided(orderId: string): Reply {
  return { type: paymentEvents.paymentVoided.type, data: { orderId } };
}

export function captureFailed(orderId: string, reason: string): Reply {
  return { type: paymentEvents.paymentCaptureFailed.type, data: { orderId, reason } };
}
