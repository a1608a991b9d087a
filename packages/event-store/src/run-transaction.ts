/** One database transaction under the locks of its streams. */
import type { Pool, PoolClient } from 'pg';
import { arrayLiteral } from './array-literal.ts';
import { CommitUnknownError, isServerGone, StoreUnavailableError } from './errors.ts';

/**
 * The locks come first and alone: taking them assigns no transaction id, so that within a stream the order of
 * transaction ids is the order of commits, and the next statement sees everything the previous holder committed.
 * They are taken in the order of their hashes, so that two batches cannot wait for each other. Where BEGIN has failed, and
 * its settings with it, the session ends here, before what was sent along could be done outside a transaction.
 */
const lockStatement = {
  name: 'event-store:lock',
  text: `SELECT pg_advisory_xact_lock(key) FROM (
    SELECT DISTINCT hashtextextended(id, 0) AS key FROM unnest($1::text[]) AS id ORDER BY key
  ) AS keys
  WHERE (SELECT current_setting('plan_cache_mode') = 'force_generic_plan' OR NOT pg_terminate_backend(pg_backend_pid()))`,
};

/**
 * Named statements are planned once per connection, and look rows up by index: the planner would otherwise plan small
 * batches each time, and read the whole of a table that was small when it planned. That holds for inserts, for keys that
 * are `= ANY` of an array, and for subqueries with an order or a limit; joins of a table with what to change in it are
 * left unnamed, because the planner may begin with the table.
 */
const beginStatement =
  'BEGIN ISOLATION LEVEL READ COMMITTED; SET LOCAL plan_cache_mode = force_generic_plan; SET LOCAL enable_seqscan = off';

/** Each sends its statements at once, when it is called. */
type LastWrites = readonly ((client: PoolClient) => Promise<unknown>)[];

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

/** Takes the locks. */
function beginning(client: PoolClient, lockKeys: readonly string[]): readonly (() => Promise<unknown>)[] {
  const lock = () => client.query({ ...lockStatement, values: [arrayLiteral(lockKeys)] });
  return [() => client.query(beginStatement), ...(lockKeys.length > 0 ? [lock] : [])];
}

/**
 * On a pipelined connection all are sent at once, and answered in order; otherwise one after another. Throws the
 * first failure: those after it are its consequences.
 */
export async function together(
  client: PoolClient,
  sends: readonly (() => Promise<unknown>)[],
): Promise<void> {
  if (!client.pipeline) {
    for (const send of sends) await send();
    return;
  }
  const settled = await Promise.allSettled(inOneWrite(client, sends));
  const failed = settled.find(({ status }) => status === 'rejected');
  if (failed?.status === 'rejected') throw failed.reason;
}

/** A write to the socket wakes the server up: one for all statements costs both sides less than one for each. */
function inOneWrite(
  { connection: { stream } }: PoolClient,
  sends: readonly (() => Promise<unknown>)[],
): Promise<unknown>[] {
  stream.cork();
  try {
    return sends.map((send) => send());
  } finally {
    stream.uncork();
  }
}

async function commit(client: PoolClient): Promise<void> {
  const { command } = await client.query('COMMIT');
  // A statement that failed leaves a transaction that COMMIT rolls back without an error of its own.
  if (command !== 'COMMIT') throw new Error('the transaction was rolled back: a statement in it had failed');
}

/** The last writes travel with the COMMIT: where they fail, it rolls back. */
async function finish({ client, lost }: Connection, lastWrites: LastWrites): Promise<void> {
  try {
    await together(client, [...lastWrites.map((write) => () => write(client)), () => commit(client)]);
  } catch (error) {
    const refused = lost() === undefined && !isServerGone(error);
    throw refused ? error : new CommitUnknownError({ cause: error });
  }
}

/**
 * Locks, writes and commits in one round trip, for what was decided beforehand: each write must itself fail where that is
 * no longer right. Throws CommitUnknownError when the database went away, and otherwise what has failed; nothing is then
 * committed. `lockKeys` must not be empty.
 */
export async function runAtOnce(pool: Pool, lockKeys: readonly string[], writes: LastWrites): Promise<void> {
  const connection = await connect(pool);
  const { client } = connection;
  try {
    await finish(connection, [...beginning(client, lockKeys), ...writes]);
  } catch (error) {
    await rollback(connection);
    throw error;
  } finally {
    connection.release();
  }
}

/**
 * Runs `work`, then `lastWrites`, and commits. Throws StoreUnavailableError when the database went away before the commit,
 * CommitUnknownError when it went away during it, and otherwise whatever `work` threw; nothing is then committed.
 */
export async function runTransaction<T>(
  pool: Pool,
  lockKeys: readonly string[],
  work: (client: PoolClient) => Promise<T>,
  lastWrites: (result: T) => LastWrites = () => [],
): Promise<T> {
  const connection = await connect(pool);
  const { client, lost } = connection;
  try {
    try {
      await together(client, beginning(client, lockKeys));
      const result = await work(client);
      await finish(connection, lastWrites(result));
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
