/** A payment's events, its states, and which event may follow in which state. */
import type { Money } from '@ecommercestack/contracts';

/** Each operation has one key for its whole life, stored before the first call: repeats cannot charge twice. */
export interface PaymentDetails {
  readonly orderId: string;
  readonly customerId: string;
  readonly amount: Money;
  readonly authorisationKey: string;
  readonly captureKey: string;
  readonly voidKey: string;
  readonly refundKey: string;
}

export type Operation = 'authorise' | 'capture' | 'void' | 'refund';

type Event<T extends string, D> = { readonly type: T; readonly data: D };
type Nothing = Readonly<Record<never, never>>;

export type PaymentEvent =
  | Event<'payment-requested', PaymentDetails>
  /** The request goes out once more, with the same key. */
  | Event<'payment-request-repeated', Nothing>
  /** The provider certainly has not seen the request. */
  | Event<'payment-deferred', { readonly cause: string }>
  | Event<'payment-outcome-unknown', { readonly operation: Operation; readonly cause: string }>
  /** The order is given up while the outcome is not known; what to undo is known only later. */
  | Event<'payment-undo-requested', Nothing>
  | Event<'payment-authorised', { readonly providerId: string }>
  | Event<'payment-declined', { readonly reason: string }>
  | Event<'payment-capture-requested', Nothing>
  | Event<'payment-captured', Nothing>
  | Event<'payment-capture-failed', { readonly reason: string }>
  | Event<'payment-void-requested', Nothing>
  /** Nothing is charged and nothing ever will be. */
  | Event<'payment-voided', { readonly orderId: string }>
  | Event<'payment-refund-requested', Nothing>
  | Event<'payment-refunded', { readonly amount: Money }>
  /** A request that the provider did not know when asked has arrived there after all. */
  | Event<'payment-late-authorisation-found', { readonly providerId: string }>
  | Event<'payment-late-authorisation-voided', Nothing>;

export type EventType = PaymentEvent['type'];

interface Known {
  readonly details: PaymentDetails;
}
interface AtProvider extends Known {
  readonly providerId: string;
}

/**
 * `inDoubt`: an earlier call may still reach the provider. `since`: when the outcome of the last request was
 * last seen open, so that a request still under way is younger than that. `undo`: the order is given up.
 */
export type Payment =
  | { readonly status: 'none' }
  | (Known & {
      readonly status: 'requested';
      readonly since: Date;
      readonly inDoubt: boolean;
      readonly undo: boolean;
    })
  | (Known & { readonly status: 'deferred' })
  | (Known & { readonly status: 'unknown'; readonly since: Date; readonly undo: boolean })
  | (AtProvider & { readonly status: 'authorised' })
  | (Known & { readonly status: 'declined'; readonly reason: string })
  | (AtProvider & { readonly status: 'capturing'; readonly inDoubt: boolean; readonly undo: boolean })
  | (AtProvider & { readonly status: 'capture-failed'; readonly reason: string })
  | (AtProvider & { readonly status: 'captured' })
  | (AtProvider & { readonly status: 'voiding'; readonly inDoubt: boolean })
  | (AtProvider & { readonly status: 'refunding'; readonly inDoubt: boolean })
  /**
   * Without details: undone before it was ever asked for, so that a late request is refused. `mayArrive`: given up
   * at `since` with a request sent that the provider had not heard of.
   */
  | {
      readonly status: 'voided';
      readonly details: PaymentDetails | undefined;
      readonly providerId: string | undefined;
      readonly since: Date;
      readonly mayArrive: boolean;
    }
  | (AtProvider & { readonly status: 'voided-cleaning'; readonly inDoubt: boolean })
  | (AtProvider & { readonly status: 'refunded' });

export type Status = Payment['status'];

export const noPayment: Payment = { status: 'none' };

const resolved: readonly EventType[] = ['payment-authorised', 'payment-declined', 'payment-voided'];

export const transitions: Readonly<Record<Status, readonly EventType[]>> = {
  none: ['payment-requested', 'payment-voided'],
  requested: [
    'payment-request-repeated',
    'payment-deferred',
    'payment-outcome-unknown',
    'payment-undo-requested',
    ...resolved,
  ],
  deferred: ['payment-request-repeated', 'payment-voided'],
  unknown: ['payment-request-repeated', 'payment-undo-requested', ...resolved],
  authorised: ['payment-capture-requested', 'payment-void-requested'],
  declined: [],
  capturing: [
    'payment-captured',
    'payment-capture-failed',
    'payment-outcome-unknown',
    'payment-undo-requested',
  ],
  'capture-failed': ['payment-void-requested'],
  captured: ['payment-refund-requested'],
  voiding: ['payment-voided', 'payment-refund-requested', 'payment-outcome-unknown'],
  refunding: ['payment-refunded', 'payment-outcome-unknown'],
  voided: ['payment-late-authorisation-found'],
  'voided-cleaning': ['payment-late-authorisation-voided', 'payment-outcome-unknown'],
  refunded: [],
};

/** States that wait for the provider; each has a durable timer until it is left. */
export function isPending(payment: Payment): payment is Pending {
  return pending.has(payment.status);
}

export type Pending = Extract<
  Payment,
  { status: 'requested' | 'deferred' | 'unknown' | 'capturing' | 'voiding' | 'refunding' | 'voided-cleaning' }
>;

const pending: ReadonlySet<Status> = new Set<Status>([
  'requested',
  'deferred',
  'unknown',
  'capturing',
  'voiding',
  'refunding',
  'voided-cleaning',
]);

/** The call to the provider that a state is waiting to make. */
export function operationOf(payment: Pending): Operation {
  switch (payment.status) {
    case 'requested':
    case 'deferred':
    case 'unknown':
      return 'authorise';
    case 'capturing':
      return 'capture';
    case 'voiding':
    case 'voided-cleaning':
      return 'void';
    case 'refunding':
      return 'refund';
  }
}
