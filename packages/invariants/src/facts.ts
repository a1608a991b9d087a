/** What the stores and the payment provider say, reduced to what the invariants compare. Amounts in minor units. */
import type { Channel, OrderStatus } from '@ecommercestack/contracts';

export interface StockFact {
  readonly sku: string;
  readonly available: number;
  /** Everything that was ever put in. */
  readonly restocked: number;
  readonly held: number;
  readonly committed: number;
}

export interface ReservationFact {
  readonly orderId: string;
  readonly sku: string;
  readonly quantity: number;
  readonly state: 'held' | 'committed' | 'released' | 'expired' | 'refused';
}

export interface OrderFact {
  readonly orderId: string;
  readonly status: OrderStatus;
  readonly reason: string | undefined;
  /** Of the last event in the stream. */
  readonly version: number;
  readonly total: number;
  readonly currency: string;
  readonly changedAt: Date;
}

export interface ReadModelFact {
  readonly orderId: string;
  readonly status: string;
  readonly version: number;
}

/** An entry of the provider's own ledger. */
export interface LedgerFact {
  readonly orderId: string;
  readonly type: 'authorised' | 'declined' | 'captured' | 'capture_declined' | 'canceled' | 'refunded';
  readonly intent: string;
  readonly amount: number;
  readonly currency: string;
}

export interface NotificationFact {
  readonly notificationId: string;
  readonly orderId: string;
  readonly event: string;
  readonly channel: Channel;
  readonly status: string;
}

export interface BrokenStream {
  readonly database: string;
  readonly streamId: string;
  readonly events: number;
  readonly lastVersion: number;
}

export interface Backlog {
  readonly database: string;
  readonly outbox: number;
  readonly deadLetters: number;
}

export interface ProductFact {
  readonly sku: string;
  readonly streamVersion: number;
  /** Undefined: the search index does not have it. */
  readonly indexVersion: number | undefined;
  readonly deleted: boolean;
}

export interface IdempotencyFact {
  readonly customerId: string;
  readonly key: string;
  readonly orderId: string;
}

export interface Facts {
  readonly stock: readonly StockFact[];
  readonly reservations: readonly ReservationFact[];
  readonly orders: readonly OrderFact[];
  readonly readModel: readonly ReadModelFact[];
  readonly idempotencyKeys: readonly IdempotencyFact[];
  readonly ledger: readonly LedgerFact[];
  readonly notifications: readonly NotificationFact[];
  /** One entry per message that left the house, by notification id. */
  readonly delivered: readonly string[];
  readonly brokenStreams: readonly BrokenStream[];
  readonly backlog: readonly Backlog[];
  readonly products: readonly ProductFact[];
}
