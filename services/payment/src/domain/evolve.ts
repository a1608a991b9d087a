/** Folds events into the state of a payment. */
import { transitions } from './payment.ts';
import type { Payment, PaymentDetails, PaymentEvent } from './payment.ts';

/** An event that the state does not allow is a bug or a damaged history, and throws. */
export function evolve(payment: Payment, event: PaymentEvent, at: Date): Payment {
  if (!transitions[payment.status].includes(event.type)) {
    throw new Error(`${event.type} cannot follow in state ${payment.status}`);
  }
  switch (event.type) {
    case 'payment-requested':
      return { status: 'requested', details: event.data, since: at, inDoubt: false, undo: false };
    case 'payment-request-repeated':
      return {
        ...pick(payment),
        status: 'requested',
        since: at,
        inDoubt: payment.status !== 'deferred',
        undo: undoOf(payment),
      };
    case 'payment-deferred':
      return { ...pick(payment), status: 'deferred' };
    case 'payment-outcome-unknown':
      return doubt(payment, at);
    case 'payment-undo-requested':
      return giveUp(payment);
    case 'payment-authorised':
      return { ...pick(payment), status: 'authorised', providerId: event.data.providerId };
    case 'payment-declined':
      return { ...pick(payment), status: 'declined', reason: event.data.reason };
    case 'payment-voided':
      return {
        status: 'voided',
        details: detailsOf(payment),
        providerId: providerIdOf(payment),
        since: at,
        mayArrive: payment.status === 'requested' || payment.status === 'unknown',
      };
    case 'payment-capture-requested':
      return { ...atProvider(payment), status: 'capturing', inDoubt: false, undo: false };
    case 'payment-captured':
      return { ...atProvider(payment), status: 'captured' };
    case 'payment-capture-failed':
      return { ...atProvider(payment), status: 'capture-failed', reason: event.data.reason };
    case 'payment-void-requested':
      return { ...atProvider(payment), status: 'voiding', inDoubt: false };
    case 'payment-refund-requested':
      return { ...atProvider(payment), status: 'refunding', inDoubt: false };
    case 'payment-refunded':
      return { ...atProvider(payment), status: 'refunded' };
    case 'payment-late-authorisation-found':
      return {
        ...pick(payment),
        status: 'voided-cleaning',
        providerId: event.data.providerId,
        inDoubt: false,
      };
    case 'payment-late-authorisation-voided':
      return { ...atProvider(payment), status: 'voided', since: at, mayArrive: false };
  }
}

export function detailsOf(payment: Payment): PaymentDetails | undefined {
  return payment.status === 'none' ? undefined : payment.details;
}

export function providerIdOf(payment: Payment): string | undefined {
  return 'providerId' in payment ? payment.providerId : undefined;
}

function pick(payment: Payment): { details: PaymentDetails } {
  const details = detailsOf(payment);
  if (details === undefined) throw new Error(`a payment in state ${payment.status} has no details`);
  return { details };
}

function atProvider(payment: Payment): { details: PaymentDetails; providerId: string } {
  const providerId = providerIdOf(payment);
  if (providerId === undefined)
    throw new Error(`a payment in state ${payment.status} is not at the provider`);
  return { ...pick(payment), providerId };
}

export function undoOf(payment: Payment): boolean {
  return 'undo' in payment && payment.undo;
}

function doubt(payment: Payment, at: Date): Payment {
  if (payment.status === 'requested') {
    return { status: 'unknown', details: payment.details, since: at, undo: payment.undo };
  }
  return 'inDoubt' in payment ? { ...payment, inDoubt: true } : payment;
}

function giveUp(payment: Payment): Payment {
  return 'undo' in payment ? { ...payment, undo: true } : payment;
}
