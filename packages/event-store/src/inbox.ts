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

/**
 * Forgets messages handled before a moment; returns how many. Keep them for longer than the broker may redeliver:
 * its retention and the longest replay.
 */
export async function purgeInbox(store: EventStore, olderThan: Date): Promise<number> {
  const { rowCount } = await store.pool.query('DELETE FROM inbox WHERE received_at < $1', [olderThan]);
  return rowCount ?? 0;
}
