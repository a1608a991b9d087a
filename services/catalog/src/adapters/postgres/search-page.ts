/** One page of a search: keyset pagination, so that a page costs the same wherever it is. */
import type { ProductSnapshot } from '@ecommercestack/contracts';
import type { Pool } from 'pg';
import { withStock } from '../../domain/announcement.ts';
import type { FoundPage, FoundProduct, PageRequest, Sort } from '../../domain/search.ts';
import { createParameters, facetConditions, FOUND, LISTED, textQuery } from './search-conditions.ts';

interface PageRow {
  readonly sku: string;
  readonly document: ProductSnapshot;
  readonly available: number | null;
  readonly stock_version: number | null;
  /** Numbers arrive as text: bigint. */
  readonly key: string;
}

/** Rank in millionths, so that a cursor can hold it exactly. */
const rank = (query: string) => `(ts_rank(d.search, ${query}) * 1000000)::bigint`;

export async function findPage(pool: Pool, { filters, sort, after, limit }: PageRequest): Promise<FoundPage> {
  const parameters = createParameters();
  const query = filters.text === undefined ? undefined : textQuery(filters.text, parameters);
  const { key, descending } = order(sort, query);
  const direction = descending ? 'DESC' : 'ASC';
  const { category, brand, price, inStock } = facetConditions(filters, parameters);
  const conditions = [LISTED, category, brand, price, inStock];
  if (query !== undefined) conditions.push(`d.search @@ ${query}`);
  if (after !== undefined) {
    const type = sort === 'name' ? 'text' : 'bigint';
    const place = `(${parameters.add(after.key)}::${type}, ${parameters.add(after.sku)}::text)`;
    conditions.push(`(${key}, d.sku) ${descending ? '<' : '>'} ${place}`);
  }
  const { rows } = await pool.query<PageRow>(
    `SELECT d.sku, d.document, s.available, s.version AS stock_version, ${key} AS key
     FROM ${FOUND} WHERE ${conditions.join(' AND ')}
     ORDER BY ${key} ${direction}, d.sku ${direction} LIMIT ${parameters.add(limit + 1)}::integer`,
    parameters.values,
  );
  return { found: rows.slice(0, limit).map((row) => foundProduct(row, sort)), more: rows.length > limit };
}

function order(
  sort: Sort,
  query: string | undefined,
): { readonly key: string; readonly descending: boolean } {
  switch (sort) {
    case 'relevance':
      return { key: query === undefined ? 'd.created_ms' : rank(query), descending: true };
    case 'newest':
      return { key: 'd.created_ms', descending: true };
    case 'price-asc':
      return { key: 'd.price_amount', descending: false };
    case 'price-desc':
      return { key: 'd.price_amount', descending: true };
    case 'name':
      return { key: 'd.sort_name', descending: false };
  }
}

function foundProduct({ sku, document, available, stock_version, key }: PageRow, sort: Sort): FoundProduct {
  const level =
    available === null || stock_version === null ? undefined : { sku, available, version: stock_version };
  const position = { key: sort === 'name' ? key : Number(key), sku };
  return { product: withStock(document, level), position };
}
