/** Products whose name goes on like what somebody is typing. */
import type { Pool } from 'pg';
import type { Suggestion } from '../../domain/search.ts';
import { LISTED } from './search-conditions.ts';

/** Every word of the text is in the name; the last one may be a beginning. */
export async function suggestProducts(
  pool: Pool,
  text: string,
  limit: number,
): Promise<readonly Suggestion[]> {
  const words = text.match(/[\p{L}\p{M}\p{Nd}]+/gu);
  if (words === null) return [];
  const { rows } = await pool.query<Suggestion>({
    name: 'catalog:suggest',
    text: `SELECT sku, document ->> 'name' AS name, category
      FROM search_documents d,
        (SELECT string_agg(
           quote_literal(catalog_fold(word)) || CASE WHEN at = cardinality($1) THEN ':*A' ELSE ':A' END,
           ' & ' ORDER BY at)::tsquery AS typed
         FROM unnest($1::text[]) WITH ORDINALITY AS words (word, at)) AS query
      WHERE ${LISTED} AND d.search @@ query.typed
      ORDER BY ts_rank(d.search, query.typed) DESC, sort_name, sku LIMIT $2::integer`,
    values: [words, limit],
  });
  return rows;
}
