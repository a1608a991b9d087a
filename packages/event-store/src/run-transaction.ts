/** One database transaction under the locks of its streams. */
import { DatabaseError, type Pool, type PoolClient } from 'pg';
import { CommitUnknownError, isServerGone, StoreUnavailableError } from './errors.ts';

/**
 * The locks come first and alone: taking them assigns no transaction id, so that within a stream the order of
 * transaction ids is the order of commits, and the next statement sees everything the previous holder committed.
 * They are taken in the order of their hashes, so that two batches cannot wait for each other.
 */
const lockStatement = {
  name: 'event-store:lock',
  text: `SELECT pg_advisory_xact_lock(key) FROM (
    SELECT DISTINCT hashtextextended(id, 0) AS key FROM unnest($1::text[]) AS id ORDER BY key
  ) AS keys`,
};

interface Connection {
  readonly client: PoolClient;
  /** What broke the connection, if anything did. */
  readonly lost: () => Error | undefined;
  readonly release: () => void;
}

async function connect(pool: Pool): Promise<Connection> {
  const client = await pool.connect().catch((error: unknown) => {
    throw new StoreUnavailableError({ cause: error });
  });
  let lost: Error | undefined;
  const onError = (error: Error) => {
    lost = error;
  };
  client.on('error', onError);
  return {
    client,
    lost: () => lost,
    release() {
      client.off('error', onError);
      client.release(lost);
    },
  };
}

async function rollback(connection: Connection): Promise<void> {
  if (connection.lost() !== undefined) return;
  try {
    await connection.client.query('ROLLBACK');
  } catch {
    // The transaction ends with its connection; the failure that led here is the one to report.
    connection.client.emit('error', new Error('rollback failed'));
  }
}

async function commit({ client, lost }: Connection): Promise<void> {
  try {
    const { command } = await client.query('COMMIT');
    // A statement that failed and was caught by the work leaves a transaction that COMMIT rolls back without an error.
    if (command !== 'COMMIT')
      throw new Error('the transaction was rolled back: a statement in it had failed');
  } catch (error) {
    const refused = error instanceof DatabaseError ? !isServerGone(error) : lost() === undefined;
    throw refused ? error : new CommitUnknownError({ cause: error });
  }
}

/**
 * Runs `work` and commits. Throws StoreUnavailableError when the database went away before the commit,
 * CommitUnknownError when it went away during it, and otherwise whatever `work` threw; nothing is then committed.
 */
export async function runTransaction<T>(
  pool: Pool,
  lockKeys: readonly string[],
  work: (client: PoolClient) => Promise<T>,
): Promise<T> {
  const connection = await connect(pool);
  const { client, lost } = connection;
  try {
    try {
      await client.query('BEGIN ISOLATION LEVEL READ COMMITTED');
      if (lockKeys.length > 0) await client.query({ ...lockStatement, values: [lockKeys] });
      const result = await work(client);
      await commit(connection);
      return result;
    } catch (error) {
      await rollback(connection);
      if (error instanceof CommitUnknownError) throw error;
      throw lost() !== undefined || isServerGone(error) ? new StoreUnavailableError({ cause: error }) : error;
    }
  } finally {
    connection.release();
  }
}
