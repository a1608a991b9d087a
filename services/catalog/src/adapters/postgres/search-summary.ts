/** How many products a search finds, and how many each facet would. */
import type { Pool } from 'pg';
import { orderFacet, priceRanges } from '../../domain/search.ts';
import type { Filters, Summary } from '../../domain/search.ts';
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
  const text = filters.text === undefined ? 'true' : `d.search @@ ${textQuery(filters.text, parameters)}`;
  const { category, brand, price, inStock } = facetConditions(filters, parameters);
  const bounds = parameters.add(priceRanges.slice(1).map(({ from }) => from));
  const { rows } = await pool.query<FacetRow>(
    `WITH matched AS MATERIALIZED (
       SELECT d.category, d.brand, ${IN_STOCK} AS available,
         width_bucket(d.price_amount, ${bounds}::bigint[]) AS price_range,
         ${category} AS c, ${brand} AS b, ${price} AS p, ${inStock} AS s
       FROM ${FOUND} WHERE ${LISTED} AND ${text}
     )
     SELECT 'total' AS facet, NULL AS value, count(*)::integer AS count FROM matched WHERE c AND b AND p AND s
     UNION ALL
     SELECT 'category', category, count(*)::integer FROM matched WHERE b AND p AND s GROUP BY category
     UNION ALL
     SELECT 'brand', brand, count(*)::integer FROM matched WHERE c AND p AND s GROUP BY brand
     UNION ALL
     SELECT 'price', price_range::text, count(*)::integer FROM matched WHERE c AND b AND s GROUP BY price_range
     UNION ALL
     SELECT 'inStock', NULL, count(*)::integer FROM matched WHERE c AND b AND p AND available`,
    parameters.values,
  );
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
