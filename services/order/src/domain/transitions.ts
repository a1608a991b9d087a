/** What each reply does in each status. A pair that is absent changes nothing: the reply is late or a repeat. */
import type { InventoryEvent, OrderStatus, PaymentEvent, RejectionReason } from '@ecommercestack/contracts';
import type { Undo } from './order.ts';

export type Reply = InventoryEvent | PaymentEvent;

export type Transition =
  | { readonly kind: 'advance' }
  /** Undo what the status has registered, except what the reply itself settles. */
  | { readonly kind: 'compensate'; readonly reason: RejectionReason; readonly settles?: Undo }
  | { readonly kind: 'acknowledge'; readonly undo: Undo };

const advance: Transition = { kind: 'advance' };
const expired: Transition = { kind: 'compensate', reason: 'expired' };
const paymentLost: Transition = { kind: 'compensate', reason: 'payment-declined' };
const paymentUndone: Transition = { kind: 'acknowledge', undo: 'payment' };

export const transitions: Readonly<
  Record<OrderStatus, Readonly<Partial<Record<Reply['type'], Transition>>>>
> = {
  PENDING: {
    'stock-reserved': advance,
    // Nothing was held. The reason is the reply's own where it names one.
    'stock-refused': { kind: 'compensate', reason: 'expired', settles: 'stock' },
    'reservation-expired': expired,
  },
  RESERVED: {
    'payment-authorised': advance,
    'payment-declined': { kind: 'compensate', reason: 'payment-declined', settles: 'payment' },
    'payment-voided': paymentLost,
    'payment-refunded': paymentLost,
    'reservation-expired': expired,
  },
  AUTHORISED: {
    'reservation-committed': advance,
    'commit-refused': expired,
    'reservation-expired': expired,
    'payment-voided': paymentLost,
    'payment-refunded': paymentLost,
  },
  CAPTURING: {
    'payment-captured': advance,
    'payment-capture-failed': paymentLost,
    'payment-voided': paymentLost,
    'payment-refunded': paymentLost,
  },
  COMPENSATING: {
    'payment-voided': paymentUndone,
    'payment-refunded': paymentUndone,
    'payment-declined': paymentUndone,
    'reservation-released': { kind: 'acknowledge', undo: 'stock' },
  },
  CONFIRMED: {},
  REJECTED: {},
  CANCELLED: {},
};

export type SagaCommandType =
  | 'reserve-stock'
  | 'authorise-payment'
  | 'commit-reservation'
  | 'capture-payment'
  | 'undo-payment'
  | 'release-reservation';

/** The step each status sends, beside the undos that the event leading there has registered before it. */
export const steps: Readonly<
  Record<OrderStatus, { readonly send?: SagaCommandType; readonly undos: readonly Undo[] }>
> = {
  PENDING: { send: 'reserve-stock', undos: ['stock'] },
  RESERVED: { send: 'authorise-payment', undos: ['payment', 'stock'] },
  AUTHORISED: { send: 'commit-reservation', undos: ['payment', 'stock'] },
  CAPTURING: { send: 'capture-payment', undos: ['payment', 'stock'] },
  CONFIRMED: { undos: ['payment', 'stock'] },
  COMPENSATING: { undos: [] },
  REJECTED: { undos: [] },
  CANCELLED: { undos: [] },
};

export const undoCommands = {
  payment: 'undo-payment',
  stock: 'release-reservation',
} as const satisfies Record<Undo, SagaCommandType>;

export const cancellable: ReadonlySet<string> = new Set(['PENDING', 'RESERVED', 'AUTHORISED']);
