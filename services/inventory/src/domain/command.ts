/** What the service is asked to do, what it answers, and what a decision changes. */
import type { InventoryEvent, StockLine } from '@ecommercestack/contracts';
import type { Reservation } from './reservation.ts';
import type { Stock } from './stock.ts';

/** `at` is the time of the command: the only clock a decision sees. */
export type Command =
  | {
      readonly kind: 'reserve';
      readonly orderId: string;
      readonly lines: readonly StockLine[];
      readonly at: Date;
      readonly expiresAt: Date;
    }
  | {
      readonly kind: 'commit' | 'release' | 'expire';
      readonly orderId: string;
      readonly lines: readonly StockLine[];
      readonly at: Date;
    }
  | { readonly kind: 'restock'; readonly restock: Restock }
  | { readonly kind: 'introduce'; readonly sku: string };

/** `key` names the request of the actor: the same one has one effect. */
export interface Restock {
  readonly actor: string;
  readonly key: string;
  readonly sku: string;
  readonly quantity: number;
  readonly at: Date;
}

export type Result =
  | { readonly kind: 'reserved' | 'committed' | 'released' | 'expired' }
  | { readonly kind: 'reserve-refused'; readonly reason: 'out-of-stock' | 'unknown-product' | 'released' }
  | { readonly kind: 'commit-refused'; readonly reason: 'expired' | 'released' | 'not-reserved' }
  | { readonly kind: 'restocked' }
  | { readonly kind: 'key-reused' }
  | { readonly kind: 'nothing' };

export interface Decision {
  readonly result: Result;
  /** Messages about the order, in order. */
  readonly events: readonly InventoryEvent[];
  /** The whole stock of each SKU that changes. */
  readonly stocks: readonly Stock[];
  readonly reservation?: Reservation;
  readonly restock?: Restock;
}

/** What decisions are made on; whatever is not in it does not exist. */
export interface World {
  readonly stocks: ReadonlyMap<string, Stock>;
  /** By order id. */
  readonly reservations: ReadonlyMap<string, Reservation>;
  /** By `restockId`. */
  readonly restocks: ReadonlyMap<string, Restock>;
}

export function restockId({ actor, key }: Pick<Restock, 'actor' | 'key'>): string {
  return JSON.stringify([actor, key]);
}
