import type { Pool, PoolClient } from 'pg';

const LOCK = `hashtextextended('catalog: rebuild the search index', 0)`;

/**
 * Runs `work` while nobody else rebuilds the index; throws when somebody does. The lock belongs to the connection, so
 * that it ends with a process that is killed.
 */
export async function withRebuildLock<T>(pool: Pool, work: (client: PoolClient) => Promise<T>): Promise<T> {
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
      return await work(client);
    } finally {
      if (failure === undefined) await client.query(`SELECT pg_advisory_unlock(${LOCK})`);
    }
  } finally {
    client.off('error', onError);
    client.release(failure);
  }
}
