/** How many products a search finds, and how many each facet would. */
import type { Pool } from 'pg';
import { orderFacet, priceRanges } from '../../domain/search.ts';
import type { Filters, Summary } from '../../domain/search.ts';
import type { Parameters } from './search-conditions.ts';
import {
  createParameters,
  facetConditions,
  FOUND,
  IN_STOCK,
  LISTED,
  textQuery,
} from './search-conditions.ts';

interface FacetRow {
  readonly facet: 'total' | 'category' | 'brand' | 'price' | 'inStock';
  /** Of `price`: the number of the range, from 0. */
  readonly value: string | null;
  readonly count: number;
}

export async function summarise(pool: Pool, filters: Filters): Promise<Summary> {
  const parameters = createParameters();
  const counting =
    filters.text === undefined
      ? countApart(filters, parameters)
      : countFound(filters, filters.text, parameters);
  const { rows } = await pool.query<FacetRow>(counting, parameters.values);
  const counts = (facet: FacetRow['facet']) =>
    new Map(rows.filter((row) => row.facet === facet).map((row) => [row.value ?? '', row.count]));
  const prices = counts('price');
  return {
    total: counts('total').get('') ?? 0,
    facets: {
      category: orderFacet(counts('category')),
      brand: orderFacet(counts('brand')),
      price: priceRanges.flatMap((range, index) => {
        const count = prices.get(String(index)) ?? 0;
        return count === 0 ? [] : [{ ...range, count }];
      }),
      inStock: counts('inStock').get('') ?? 0,
    },
  };
}

const boundsOf = (parameters: Parameters) =>
  `${parameters.add(priceRanges.slice(1).map(({ from }) => from))}::bigint[]`;

/** What a text finds is found once. */
function countFound(filters: Filters, text: string, parameters: Parameters): string {
  const found = textQuery(text, parameters);
  const { category, brand, price, inStock } = facetConditions(filters, parameters);
  return `WITH matched AS MATERIALIZED (
      SELECT d.category, d.brand, ${IN_STOCK} AS available,
        width_bucket(d.price_amount, ${boundsOf(parameters)}) AS price_range,
        ${category} AS c, ${brand} AS b, ${price} AS p, ${inStock} AS s
      FROM ${FOUND} WHERE ${LISTED} AND d.search @@ ${found}
    )
    SELECT 'total' AS facet, NULL AS value, count(*)::integer AS count FROM matched WHERE c AND b AND p AND s
    UNION ALL
    SELECT 'category', category, count(*)::integer FROM matched WHERE b AND p AND s GROUP BY category
    UNION ALL
    SELECT 'brand', brand, count(*)::integer FROM matched WHERE c AND p AND s GROUP BY brand
    UNION ALL
    SELECT 'price', price_range::text, count(*)::integer FROM matched WHERE c AND b AND s GROUP BY price_range
    UNION ALL
    SELECT 'inStock', NULL, count(*)::integer FROM matched WHERE c AND b AND p AND available`;
}

/** Without a text each count has an index of its own filters, and none but the last needs the stock of all. */
function countApart(filters: Filters, parameters: Parameters): string {
  const { category, brand, price, inStock } = facetConditions(filters, parameters);
  const from = filters.inStock === undefined ? 'search_documents d' : FOUND;
  const count = (facet: FacetRow['facet'], value: string, conditions: readonly string[], tables = from) =>
    `SELECT '${facet}' AS facet, ${value} AS value, count(*)::integer AS count FROM ${tables}
      WHERE ${[LISTED, ...conditions].join(' AND ')} GROUP BY 2`;
  const range = `width_bucket(d.price_amount, ${boundsOf(parameters)})::text`;
  return [
    count('total', 'NULL::text', [category, brand, price, inStock]),
    count('category', 'd.category', [brand, price, inStock]),
    count('brand', 'd.brand', [category, price, inStock]),
    count('price', range, [category, brand, inStock]),
    count('inStock', 'NULL::text', [category, brand, price, 's.available > 0'], STOCKED),
  ].join('\nUNION ALL\n');
}

const STOCKED = 'search_documents d JOIN stock_levels s ON s.sku = d.sku';
