/** A search as the index sees it, and the cursors that continue one. */
import { createHash } from 'node:crypto';
import type { Product, ProductPage, ProductSearch } from '@ecommercestack/contracts';

export type Sort = 'relevance' | 'price-asc' | 'price-desc' | 'name' | 'newest';

/** What narrows a search; a field that is absent narrows nothing. Prices in minor units, both ends included. */
export interface Filters {
  readonly text?: string;
  readonly category?: string;
  readonly brand?: string;
  readonly minPrice?: number;
  readonly maxPrice?: number;
  /** True: only products in stock. False: only those known to have none, or not known at all. */
  readonly inStock?: boolean;
}

/** Where the page before ended: the sort key of its last product (text for `name`), then its SKU. */
export interface Position {
  readonly key: string | number;
  readonly sku: string;
}

export interface PageRequest {
  readonly filters: Filters;
  readonly sort: Sort;
  readonly after?: Position;
  readonly limit: number;
}

export interface FoundProduct {
  readonly product: Product;
  readonly position: Position;
}

/** `more`: at least one product follows the last one. */
export interface FoundPage {
  readonly found: readonly FoundProduct[];
  readonly more: boolean;
}

/** Each facet is counted over the search without that facet's own filter, so that its alternatives show. */
export type Summary = Pick<ProductPage, 'total' | 'facets'>;

/** Without text nothing is more relevant than anything else: the newest come first. */
export function sortOf(search: ProductSearch): Sort {
  return search.sort === 'relevance' && !search.q ? 'newest' : search.sort;
}

export function filtersOf(search: ProductSearch): Filters {
  const { q, category, brand, minPrice, maxPrice, inStock } = search;
  return {
    ...(q ? { text: q } : {}),
    ...(category === undefined ? {} : { category }),
    ...(brand === undefined ? {} : { brand }),
    ...(minPrice === undefined ? {} : { minPrice }),
    ...(maxPrice === undefined ? {} : { maxPrice }),
    ...(inStock === undefined ? {} : { inStock }),
  };
}

/** Equal for searches that find the same products in the same order. */
export function fingerprint(filters: Filters, sort: Sort | 'any'): string {
  const { text, category, brand, minPrice, maxPrice, inStock } = filters;
  const parts = [text, category, brand, minPrice, maxPrice, inStock, sort].map((part) => part ?? null);
  return createHash('sha256').update(JSON.stringify(parts)).digest('base64url').slice(0, 12);
}

export function encodeCursor(print: string, position: Position): string {
  return Buffer.from(JSON.stringify([print, position.key, position.sku])).toString('base64url');
}

/** Undefined for a cursor that this service did not make, or made for another search. */
export function decodeCursor(print: string, sort: Sort, cursor: string): Position | undefined {
  const decoded = parseJson(Buffer.from(cursor, 'base64url').toString());
  if (!Array.isArray(decoded) || decoded.length !== 3 || decoded[0] !== print) return undefined;
  const [, key, sku] = decoded as readonly unknown[];
  if (!isText(sku)) return undefined;
  if (sort === 'name') return isText(key) ? { key, sku } : undefined;
  return isKeyNumber(key) ? { key, sku } : undefined;
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value.length <= 200 && isStorable(value);
}

/** Prices, ranks and times (Unix milliseconds): whole, and no later than a Date can be. */
function isKeyNumber(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0 && Number(value) <= 8.64e15;
}

/** Databases refuse NUL and unpaired surrogates, which JSON can carry. */
export function isStorable(text: string): boolean {
  return !text.includes('\0') && text.isWellFormed();
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // A cursor is the caller's input: a malformed one is refused, not a failure.
    return undefined;
  }
}

/** Bounds of the price facet in minor units, both ends included, so that they can be used as a filter. */
export const priceRanges: readonly { readonly from: number; readonly to?: number }[] = [
  { from: 0, to: 999 },
  { from: 1_000, to: 2_499 },
  { from: 2_500, to: 4_999 },
  { from: 5_000, to: 9_999 },
  { from: 10_000, to: 24_999 },
  { from: 25_000 },
];

const FACET_LIMIT = 50;

/** The most frequent values first, at most 50. */
export function orderFacet(
  counts: ReadonlyMap<string, number>,
): { readonly value: string; readonly count: number }[] {
  const values = [...counts].map(([value, count]) => ({ value, count }));
  values.sort((a, b) => b.count - a.count || (a.value < b.value ? -1 : 1));
  return values.slice(0, FACET_LIMIT);
}
