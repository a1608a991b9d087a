/** The search index on PostgreSQL full text. */
import type { Pool } from 'pg';
import type { StockLevel } from '../../domain/announcement.ts';
import { newestBySku } from '../../domain/newest.ts';
import type { SearchIndex } from '../ports.ts';
import { applyStates, EVERY_GENERATION } from './index-writer.ts';
import { rebuildIndex } from './rebuild.ts';
import { LISTED } from './search-conditions.ts';
import { findPage } from './search-page.ts';
import { summarise } from './search-summary.ts';
import { suggestProducts } from './suggest.ts';

export function createPostgresSearchIndex(pool: Pool): SearchIndex {
  return {
    page: (request) => findPage(pool, request),
    summary: (filters) => summarise(pool, filters),
    apply: (states) => applyStates(pool, states, EVERY_GENERATION),
    applyStock: (levels) => applyStock(pool, levels),
    rebuild: (scan, options) => rebuildIndex(pool, scan, options),
    // The database of a laptop holds one index.
    rollBack: async () => false,
    suggest: (text, limit) => suggestProducts(pool, text, limit),
    async versions(skus) {
      const { rows } = await pool.query<{ sku: string; version: number }>(
        `SELECT sku, version FROM search_documents WHERE sku = ANY($1::text[])
         AND generation = (SELECT generation FROM search_generations WHERE state = 'current')`,
        [skus],
      );
      return new Map(rows.map(({ sku, version }) => [sku, version]));
    },
    async range(afterSku, upToSku, limit) {
      const { rows } = await pool.query<{ sku: string; version: number }>(
        `SELECT sku, version FROM search_documents
         WHERE generation = (SELECT generation FROM search_generations WHERE state = 'current')
           AND ($1::text IS NULL OR sku > $1) AND ($2::text IS NULL OR sku <= $2)
         ORDER BY sku LIMIT $3`,
        [afterSku ?? null, upToSku ?? null, limit],
      );
      return new Map(rows.map(({ sku, version }) => [sku, version]));
    },
    async count() {
      const { rows } = await pool.query<{ count: number }>(
        `SELECT count(*)::integer AS count FROM search_documents d WHERE ${LISTED}`,
      );
      return rows[0]?.count ?? 0;
    },
    async stockLevels(skus) {
      const { rows } = await pool.query<StockLevel>({
        name: 'catalog:stock-levels',
        text: 'SELECT sku, available, version FROM stock_levels WHERE sku = ANY($1::text[])',
        values: [skus],
      });
      return new Map(rows.map((level) => [level.sku, level]));
    },
  };
}

async function applyStock(pool: Pool, levels: readonly StockLevel[]): Promise<ReadonlySet<string>> {
  const newest = newestBySku(
    levels,
    ({ sku }) => sku,
    ({ version }) => version,
  );
  const { rows } = await pool.query<{ sku: string }>({
    name: 'catalog:apply-stock',
    text: `INSERT INTO stock_levels (sku, available, version)
      SELECT sku, available, version FROM unnest($1::text[], $2::integer[], $3::integer[])
        AS level (sku, available, version) ORDER BY sku COLLATE "C"
      ON CONFLICT (sku) DO UPDATE SET available = EXCLUDED.available, version = EXCLUDED.version
      WHERE stock_levels.version < EXCLUDED.version
      RETURNING sku`,
    values: [
      newest.map(({ sku }) => sku),
      newest.map(({ available }) => available),
      newest.map(({ version }) => version),
    ],
  });
  return new Set(rows.map(({ sku }) => sku));
}
