/** Writes the search index: newer versions only. */
import type { Pool, PoolClient } from 'pg';
import { newestBySku } from '../../domain/newest.ts';
import { skuOf, versionOf } from '../../domain/product.ts';
import type { KnownProduct } from '../../domain/product.ts';

/** Larger batches are written piece by piece: a statement has a time limit. */
const CHUNK = 500;

type Generation = 'current' | 'building';

/** Live changes go into every generation there is, so that a rebuild misses none of them. */
export const EVERY_GENERATION: readonly Generation[] = ['current', 'building'];

export async function applyStates(
  client: Pool | PoolClient,
  states: readonly KnownProduct[],
  generations: readonly Generation[],
): Promise<void> {
  // One statement may touch a row only once.
  const newest = newestBySku(states, skuOf, versionOf);
  for (let start = 0; start < newest.length; start += CHUNK) {
    await writeDocuments(client, newest.slice(start, start + CHUNK), generations);
  }
}

/**
 * The lock on the generations keeps a rebuild from replacing one while this statement writes to it. The order
 * of the rows keeps two writers from waiting for each other.
 */
async function writeDocuments(
  client: Pool | PoolClient,
  states: readonly KnownProduct[],
  generations: readonly Generation[],
): Promise<void> {
  const products = states.map((state) => (state.status === 'listed' ? state.product : undefined));
  await client.query({
    name: 'catalog:apply-states',
    text: `WITH active AS (SELECT generation FROM search_generations WHERE state = ANY($5::text[]) FOR KEY SHARE)
      INSERT INTO search_documents (generation, sku, version, document, created_ms)
      SELECT generation, sku, version, document, created_ms
      FROM active CROSS JOIN unnest($1::text[], $2::integer[], $3::jsonb[], $4::bigint[])
        AS state (sku, version, document, created_ms)
      ORDER BY generation, sku
      ON CONFLICT (generation, sku) DO UPDATE
      SET version = EXCLUDED.version, document = EXCLUDED.document, created_ms = EXCLUDED.created_ms
      WHERE search_documents.version < EXCLUDED.version`,
    values: [
      states.map(skuOf),
      states.map(versionOf),
      products.map((product) => (product === undefined ? null : JSON.stringify(product))),
      products.map((product) => (product === undefined ? null : Date.parse(product.createdAt))),
      generations,
    ],
  });
}
