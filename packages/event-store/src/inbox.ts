/** Which messages a consumer has handled. */
import type { PoolClient } from 'pg';
import { arrayLiteral } from './array-literal.ts';
import type { EventStore } from './event-store.ts';

/** Remembers the messages and returns those that were new, in the transaction of `client`. */
export async function insertNew(
  client: PoolClient,
  consumer: string,
  messageIds: readonly string[],
): Promise<Set<string>> {
  const { rows } = await client.query<{ message_id: string }>({
    name: 'event-store:inbox',
    // Sorted, so that two batches with the same messages meet in the same order.
    text: `INSERT INTO inbox (consumer, message_id) SELECT $1, id FROM unnest($2::text[]) AS id
      ON CONFLICT DO NOTHING RETURNING message_id`,
    values: [consumer, arrayLiteral([...messageIds].sort())],
  });
  return new Set(rows.map((row) => row.message_id));
}

/** Few enough for a short transaction: while one runs, nobody's reading of the log gets past its beginning. */
const purgePage = 5_000;

/**
 * Forgets messages handled before a moment, page by page, until there are none or the signal is aborted; returns how many.
 * Keep them for longer than the broker may redeliver: its retention and the longest replay.
 */
export async function purgeInbox(store: EventStore, olderThan: Date, signal?: AbortSignal): Promise<number> {
  let purged = 0;
  for (let page = purgePage; page === purgePage && signal?.aborted !== true; purged += page) {
    const { rowCount } = await store.pool.query(
      `DELETE FROM inbox WHERE ctid = ANY (ARRAY(
        SELECT ctid FROM inbox WHERE received_at < $1 LIMIT $2 FOR UPDATE SKIP LOCKED))`,
      [olderThan, purgePage],
    );
    page = rowCount ?? 0;
  }
  return purged;
}
