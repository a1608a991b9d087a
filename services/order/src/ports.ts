/** What the features need from the adapters. */
import type { ShippingAddress } from '@ecommercestack/contracts';
import type { Envelope, Handled, Recorded } from '@ecommercestack/event-store';
import type { OrderCommand, Refused } from './domain/decide.ts';
import type { OrderEvent } from './domain/events.ts';
import type { OrderState, PlacedOrder } from './domain/order.ts';

/** What a placement brings besides the order's terms, kept beside the events and out of them. */
export interface Placement {
  readonly token: string;
  readonly shippingAddress: ShippingAddress;
  readonly idempotency?: { readonly key: string; readonly requestHash: Buffer };
}

export interface OrderMessage extends Envelope {
  readonly command: OrderCommand;
  /** Who asked; recorded in the audit trail. */
  readonly actor: string;
  /** With a `place` command, and only then. */
  readonly placement?: Placement;
}

export type OrderResult =
  | {
      readonly kind: 'done';
      readonly from: OrderState['status'];
      /** NONE where a reply or a timer named an order that does not exist. */
      readonly order: OrderState;
      /** The same key and body had placed this order before; nothing was done. */
      readonly replayed: boolean;
      readonly changed: boolean;
      /** The timer had to send the commands of the present status again. */
      readonly resent: boolean;
    }
  | { readonly kind: 'refused'; readonly code: Refused | 'idempotency-key-reused' };

/** Resolves after the commit. */
export type SubmitOrder = (message: OrderMessage) => Promise<Handled<OrderResult>>;

export interface KnownKey {
  readonly requestHash: Buffer;
  readonly orderId: string;
}

export interface OrderReader {
  /** The order now, or as it was at a version or a time; undefined if it did not exist then. */
  load(orderId: string, upTo?: number | Date): Promise<PlacedOrder | undefined>;
  /** Those that exist, in the order asked for. */
  loadMany(orderIds: readonly string[]): Promise<readonly PlacedOrder[]>;
  events(orderId: string): Promise<readonly Recorded<OrderEvent>[]>;
  shippingAddress(orderId: string): Promise<ShippingAddress | undefined>;
  /** The order after each change that follows `order`, until the signal aborts. */
  follow(order: PlacedOrder, signal: AbortSignal): AsyncIterable<PlacedOrder>;
}
