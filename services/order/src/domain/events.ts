/** The facts an order is made of. No address, no payment token: events cannot forget. */
import type { OrderStatus } from '@ecommercestack/contracts';
import type { Ending, OrderTerms, Undo } from './order.ts';

interface Fact<T extends string, D> {
  readonly type: T;
  readonly schemaVersion: 1;
  readonly data: D;
}

type Nothing = Readonly<Record<never, never>>;

export type OrderEvent =
  | Fact<'order-placed', OrderTerms>
  /** Times are RFC 3339. `payBy`: when the order stops waiting for its payment. */
  | Fact<'stock-reserved', { readonly expiresAt: string; readonly payBy: string }>
  | Fact<'payment-authorised', Nothing>
  | Fact<'reservation-committed', Nothing>
  | Fact<'order-confirmed', Nothing>
  | Fact<'compensation-started', { readonly ending: Ending; readonly pending: readonly Undo[] }>
  | Fact<'payment-undone', { readonly by: 'payment-voided' | 'payment-refunded' | 'payment-declined' }>
  | Fact<'stock-released', Nothing>
  | Fact<'order-rejected', { readonly reason: RejectedReason; readonly skus?: readonly string[] }>
  | Fact<'order-cancelled', { readonly reason: CancelledReason }>;

type RejectedReason = Extract<Ending, { status: 'REJECTED' }>['reason'];
type CancelledReason = Extract<Ending, { status: 'CANCELLED' }>['reason'];

/** The status that each event leaves behind. */
export const statusAfter = {
  'order-placed': 'PENDING',
  'stock-reserved': 'RESERVED',
  'payment-authorised': 'AUTHORISED',
  'reservation-committed': 'CAPTURING',
  'order-confirmed': 'CONFIRMED',
  'compensation-started': 'COMPENSATING',
  'payment-undone': 'COMPENSATING',
  'stock-released': 'COMPENSATING',
  'order-rejected': 'REJECTED',
  'order-cancelled': 'CANCELLED',
} as const satisfies Record<OrderEvent['type'], OrderStatus>;

/** Why an order failed or was cancelled, where this event says so. */
export function reasonIn(event: OrderEvent): Ending['reason'] | undefined {
  if (event.type === 'compensation-started') return event.data.ending.reason;
  return event.type === 'order-rejected' || event.type === 'order-cancelled' ? event.data.reason : undefined;
}
