/** The conditions that narrow a search. */
import type { Query } from './query.ts';
import type { Filters } from '../../domain/search.ts';

export const listed: Query = { term: { listed: true } };
export const inStock: Query = { range: { available: { gt: 0 } } };

export type Facet = 'category' | 'brand' | 'price' | 'inStock';

/** One condition per facet; none where the search does not narrow it. */
export function facetFilters(filters: Filters): ReadonlyMap<Facet, Query> {
  const { category, brand, minPrice, maxPrice, inStock: wanted } = filters;
  const conditions = new Map<Facet, Query>();
  if (category !== undefined) conditions.set('category', { term: { 'product.category': category } });
  if (brand !== undefined) conditions.set('brand', { term: { 'product.brand': brand } });
  if (minPrice !== undefined || maxPrice !== undefined) {
    const range = {
      ...(minPrice === undefined ? {} : { gte: minPrice }),
      ...(maxPrice === undefined ? {} : { lte: maxPrice }),
    };
    conditions.set('price', { range: { 'product.price.amount': range } });
  }
  if (wanted !== undefined) conditions.set('inStock', wanted ? inStock : { bool: { must_not: [inStock] } });
  return conditions;
}

/** Everything without a text. */
export function textPart(query: Query | undefined): { readonly must?: Query; readonly filter: Query[] } {
  return { ...(query === undefined ? {} : { must: query }), filter: [listed] };
}
