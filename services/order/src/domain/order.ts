/** An order and the named states of its saga. */
import type {
  CancellationReason,
  Money,
  OrderLine,
  OrderStatus,
  RejectionReason,
} from '@ecommercestack/contracts';

/** What an order holds from its placement on. Money is in integer minor units. */
export interface OrderTerms {
  readonly orderId: string;
  readonly customerId: string;
  /** One per SKU, in the order in which the customer named them. */
  readonly lines: readonly OrderLine[];
  readonly total: Money;
}

/** A step that may have to be taken back: the hold on stock, or the payment. */
export type Undo = 'payment' | 'stock';

/** How a failed or cancelled order ends, once everything is undone. */
export type Ending =
  | { readonly status: 'REJECTED'; readonly reason: RejectionReason }
  | { readonly status: 'CANCELLED'; readonly reason: CancellationReason };

export interface Placed {
  readonly terms: OrderTerms;
  /** Counts the events of the stream from 1. */
  readonly version: number;
  readonly placedAt: Date;
  readonly changedAt: Date;
}

export type PlacedOrder =
  | (Placed & { readonly status: 'PENDING' | 'AUTHORISED' | 'CAPTURING' | 'CONFIRMED' })
  | (Placed & { readonly status: 'RESERVED'; readonly payBy: Date })
  | (Placed & {
      readonly status: 'COMPENSATING';
      readonly ending: Ending;
      /** Undos not yet acknowledged; never empty. */
      readonly pending: readonly Undo[];
    })
  | (Placed & Ending);

export type OrderState = { readonly status: 'NONE' } | PlacedOrder;

const PREFIX = 'order-';

export function streamOf(orderId: string): string {
  return PREFIX + orderId;
}

export function isOrderStream(streamId: string): boolean {
  return streamId.startsWith(PREFIX);
}

export function orderIdOf(streamId: string): string {
  return streamId.slice(PREFIX.length);
}

export function isTerminal(status: OrderStatus | 'NONE'): status is 'CONFIRMED' | 'REJECTED' | 'CANCELLED' {
  return status === 'CONFIRMED' || status === 'REJECTED' || status === 'CANCELLED';
}
