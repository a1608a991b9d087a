/** Units of one SKU, and where they are. Each unit that was ever restocked is in exactly one bucket. */
import type { StockLine } from '@ecommercestack/contracts';

export interface Stock {
  readonly sku: string;
  readonly available: number;
  /** Reserved for orders that are not finished. */
  readonly held: number;
  /** Sold. */
  readonly committed: number;
  /** All units that ever came in: always `available + held + committed`. */
  readonly restocked: number;
  /** Grows by one with every transaction that changes the row; 0 before the first. */
  readonly version: number;
}

export type Bucket = 'available' | 'held' | 'committed';

export function emptyStock(sku: string): Stock {
  return { sku, available: 0, held: 0, committed: 0, restocked: 0, version: 0 };
}

/** Throws where units are missing: deciders ask first, so that would be a bug. */
export function move(stock: Stock, from: Bucket, to: Bucket, quantity: number): Stock {
  if (stock[from] < quantity) throw new Error(`${stock.sku}: ${quantity} of ${stock[from]} ${from} units`);
  return { ...stock, [from]: stock[from] - quantity, [to]: stock[to] + quantity };
}

export function restocked(stock: Stock, quantity: number): Stock {
  return { ...stock, available: stock.available + quantity, restocked: stock.restocked + quantity };
}

/** One line per SKU, sorted by SKU, so that all-or-nothing is decided on what an order needs in total. */
export function addUp(lines: readonly StockLine[]): readonly StockLine[] {
  const totals = new Map<string, number>();
  for (const { sku, quantity } of lines) totals.set(sku, (totals.get(sku) ?? 0) + quantity);
  return [...totals]
    .map(([sku, quantity]) => ({ sku, quantity }))
    .toSorted((a, b) => (a.sku < b.sku ? -1 : 1));
}
