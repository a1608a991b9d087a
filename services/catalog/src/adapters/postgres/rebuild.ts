/** Fills a new generation of the index beside the one in use, then puts it in its place at once. */
import type { Pool, PoolClient } from 'pg';
import { skuOf } from '../../domain/product.ts';
import type { ProductPages, RebuildOptions } from '../../features/project-products/ports.ts';
import { applyStates } from './index-writer.ts';
import { withRebuildLock } from './rebuild-lock.ts';

/**
 * Whatever is applied from the moment the new generation exists reaches it too; whatever was applied before
 * is on the write side, which is read only afterwards. So nothing is missed, and versions settle the overlap. That
 * holds for a rebuild that was cut off, too: what has come since is in its generation.
 */
export function rebuildIndex(
  pool: Pool,
  scan: ProductPages,
  { resume = false, onPage }: RebuildOptions = {},
): Promise<void> {
  return withRebuildLock(pool, async (client) => {
    const begun = resume ? await leftBehind(client) : undefined;
    if (begun === undefined) await startGeneration(client);
    let products = begun?.products ?? 0;
    for await (const page of scan(begun?.scanned_to ?? undefined)) {
      const last = page.at(-1);
      if (last === undefined) continue;
      await applyStates(client, page, ['building']);
      products += page.length;
      await client.query(
        `UPDATE search_generations SET scanned_to = $1, products = $2 WHERE state = 'building'`,
        [skuOf(last), products],
      );
      onPage?.(products);
    }
    await swap(client);
    await dropStaleDocuments(client);
  });
}

interface Begun {
  readonly scanned_to: string | null;
  readonly products: number;
}

async function leftBehind(client: PoolClient): Promise<Begun | undefined> {
  const { rows } = await client.query<Begun>(
    `SELECT scanned_to, products FROM search_generations WHERE state = 'building'`,
  );
  return rows[0];
}

async function startGeneration(client: PoolClient): Promise<void> {
  await client.query(`DELETE FROM search_generations WHERE state = 'building'`);
  await dropStaleDocuments(client);
  await client.query(`INSERT INTO search_generations (state) VALUES ('building')`);
}

/** One statement would not do: `state` is unique, and the row to delete must be gone first. */
async function swap(client: PoolClient): Promise<void> {
  await client.query('BEGIN');
  try {
    await client.query(`DELETE FROM search_generations WHERE state = 'current'`);
    const { rowCount } = await client.query(`UPDATE search_generations SET state = 'current'`);
    if (rowCount !== 1) throw new Error('the new generation of the search index is gone');
    await client.query('COMMIT');
  } catch (error) {
    await client.query('ROLLBACK');
    throw error;
  }
}

async function dropStaleDocuments(client: PoolClient): Promise<void> {
  await client.query(
    'DELETE FROM search_documents WHERE generation NOT IN (SELECT generation FROM search_generations)',
  );
}
