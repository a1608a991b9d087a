/** Fills a new generation of the index beside the one in use, then puts it in its place at once. */
import type { Pool, PoolClient } from 'pg';
import type { KnownProduct } from '../../domain/product.ts';
import { applyStates } from './index-writer.ts';

const LOCK = `hashtextextended('catalog: rebuild the search index', 0)`;

/**
 * Whatever is applied from the moment the new generation exists reaches it too; whatever was applied before
 * is on the write side, which is read only afterwards. So nothing is missed, and versions settle the overlap.
 */
export async function rebuildIndex(pool: Pool, pages: AsyncIterable<readonly KnownProduct[]>): Promise<void> {
  const client = await pool.connect();
  let failure: Error | undefined;
  const onError = (error: Error) => {
    failure = error;
  };
  client.on('error', onError);
  try {
    const { rows } = await client.query<{ locked: boolean }>(
      `SELECT pg_try_advisory_lock(${LOCK}) AS locked`,
    );
    if (rows[0]?.locked !== true) throw new Error('the search index is already being rebuilt');
    try {
      // A rebuild that was cut off has left its generation behind.
      await client.query(`DELETE FROM search_generations WHERE state = 'building'`);
      await dropStaleDocuments(client);
      await client.query(`INSERT INTO search_generations (state) VALUES ('building')`);
      for await (const page of pages) await applyStates(client, page, ['building']);
      await swap(client);
      await dropStaleDocuments(client);
    } finally {
      if (failure === undefined) await client.query(`SELECT pg_advisory_unlock(${LOCK})`);
    }
  } finally {
    client.off('error', onError);
    client.release(failure);
  }
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
