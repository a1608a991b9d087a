/** The pieces of SQL that the page and the facets of a search share. Values are always parameters. */
import type { Filters } from '../../domain/search.ts';
import { parseSearchText } from '../../domain/search-text.ts';

/** Collects parameters; returns the placeholder of each. */
export interface Parameters {
  readonly values: unknown[];
  add(value: unknown): string;
}

export function createParameters(): Parameters {
  const values: unknown[] = [];
  return { values, add: (value) => `$${values.push(value)}` };
}

/** Everything that can be found, before any filter. */
export const FOUND = `search_documents d LEFT JOIN stock_levels s ON s.sku = d.sku`;
export const LISTED = `d.generation = (SELECT generation FROM search_generations WHERE state = 'current')
  AND d.document IS NOT NULL`;
export const IN_STOCK = 'COALESCE(s.available, 0) > 0';

/** Finished words, or everything but the last one finished and that one a beginning. */
export function textQuery(text: string, parameters: Parameters): string {
  const { web, typing } = parseSearchText(text);
  const webQuery = (words: string) =>
    `websearch_to_tsquery('english', catalog_fold(${parameters.add(words)}::text))`;
  if (typing === undefined) return webQuery(web);
  const prefix = `(${parameters.add(typing.prefix)}::text || ':*')::tsquery`;
  return `(${webQuery(web)} || (${webQuery(typing.before)} && ${prefix}))`;
}

export interface FacetConditions {
  readonly category: string;
  readonly brand: string;
  readonly price: string;
  readonly inStock: string;
}

/** One condition per facet, `true` where the search does not narrow it. */
export function facetConditions(filters: Filters, parameters: Parameters): FacetConditions {
  const { category, brand, minPrice, maxPrice, inStock } = filters;
  const price = [
    ...(minPrice === undefined ? [] : [`d.price_amount >= ${parameters.add(minPrice)}::bigint`]),
    ...(maxPrice === undefined ? [] : [`d.price_amount <= ${parameters.add(maxPrice)}::bigint`]),
  ];
  return {
    category: category === undefined ? 'true' : `d.category = ${parameters.add(category)}::text`,
    brand: brand === undefined ? 'true' : `d.brand = ${parameters.add(brand)}::text`,
    price: price.length === 0 ? 'true' : price.join(' AND '),
    inStock: inStock === undefined ? 'true' : `(${IN_STOCK}) = ${parameters.add(inStock)}::boolean`,
  };
}
