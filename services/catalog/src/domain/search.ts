/** A search as the index sees it. */
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

/** A product that somebody may be typing the name of. */
export interface Suggestion {
  readonly sku: string;
  readonly name: string;
  readonly category: string;
}

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
  return JSON.stringify(
    [text, category, brand, minPrice, maxPrice, inStock, sort].map((part) => part ?? null),
  );
}

/** Databases refuse NUL and unpaired surrogates, which JSON can carry. */
export function isStorable(text: string): boolean {
  return !text.includes('\0') && text.isWellFormed();
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
