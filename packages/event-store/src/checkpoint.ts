/** How far a projection has come, and whether it may go on. */
import type { PoolClient } from 'pg';
import { logStart, type Queryable } from './read-events.ts';
import type { Cursor, Positioned } from './types.ts';

export async function readCheckpoint(client: Queryable, name: string): Promise<Cursor> {
  const { rows } = await client.query<{ transaction_id: string; global_position: string }>({
    name: 'event-store:checkpoint-read',
    text: 'SELECT transaction_id::text, global_position::text FROM projections WHERE name = $1',
    values: [name],
  });
  const [row] = rows;
  return row === undefined
    ? logStart
    : { transactionId: row.transaction_id, globalPosition: row.global_position };
}

export async function writeCheckpoint(
  client: PoolClient,
  name: string,
  { transactionId, globalPosition }: Cursor,
) {
  await client.query({
    name: 'event-store:checkpoint-write',
    text: `INSERT INTO projections (name, transaction_id, global_position) VALUES ($1, $2, $3)
      ON CONFLICT (name) DO UPDATE SET transaction_id = excluded.transaction_id,
        global_position = excluded.global_position, updated_at = now()`,
    values: [name, transactionId, globalPosition],
  });
}

export interface PendingEvent {
  readonly transactionId: string;
  readonly occurredAt: Date;
}

/** The first committed event after the checkpoint, also one that the log does not show yet. */
export async function firstUnapplied(client: Queryable, name: string): Promise<PendingEvent | undefined> {
  const { transactionId, globalPosition } = await readCheckpoint(client, name);
  const { rows } = await client.query<{ transaction_id: string; occurred_at: Date }>({
    text: `SELECT transaction_id::text, occurred_at FROM events
      WHERE (transaction_id, global_position) > ($1::xid8, $2::bigint)
      ORDER BY events.transaction_id, events.global_position LIMIT 1`,
    values: [transactionId, globalPosition],
  });
  const [row] = rows;
  return row === undefined ? undefined : { transactionId: row.transaction_id, occurredAt: row.occurred_at };
}

/**
 * How many of the events may be applied: those before the first whose predecessor in its stream is neither before it
 * in the page nor at or before the checkpoint.
 */
export async function countUnbroken(
  client: PoolClient,
  checkpoint: Cursor,
  events: readonly Positioned[],
): Promise<number> {
  const last = new Map<string, number>();
  const openings: { readonly event: Positioned; readonly index: number }[] = [];
  let unbroken = 0;
  for (const event of events) {
    const before = last.get(event.streamId);
    if (before !== undefined && event.version !== before + 1) break;
    if (before === undefined && event.version > 1) openings.push({ event, index: unbroken });
    last.set(event.streamId, event.version);
    unbroken += 1;
  }
  if (openings.length === 0) return unbroken;
  const { rows } = await client.query<{ opening: number }>({
    name: 'event-store:projection-gap',
    text: `SELECT (number - 1)::integer AS opening
      FROM unnest($1::text[], $2::integer[]) WITH ORDINALITY AS opening(stream_id, version, number)
      LEFT JOIN LATERAL (
        SELECT true AS found FROM events
        WHERE events.stream_id = opening.stream_id AND events.version = opening.version - 1
          AND (transaction_id, global_position) <= ($3::xid8, $4::bigint) LIMIT 1) AS before ON true
      WHERE before.found IS NULL
      ORDER BY number LIMIT 1`,
    values: [
      openings.map(({ event }) => event.streamId),
      openings.map(({ event }) => event.version),
      checkpoint.transactionId,
      checkpoint.globalPosition,
    ],
  });
  const [gap] = rows;
  return gap === undefined ? unbroken : (openings[gap.opening]?.index ?? 0);
}
