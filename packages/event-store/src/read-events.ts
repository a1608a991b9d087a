/** The queries that read events: whole streams, and the log of all streams. */
import type { Pool, PoolClient } from 'pg';
import { arrayLiteral } from './array-literal.ts';
import type { Cursor, Head, Positioned, Recorded } from './types.ts';
import { toPositioned, toRecorded, type EventRow, type PositionedRow, type Upcasters } from './upcast.ts';

export type Queryable = Pool | PoolClient;

/** A version, or a moment: the events that had happened by then. */
export type UpTo = number | Date;

const columns = 'stream_id, version, event_id, type, schema_version, data, metadata, occurred_at';

/** Before the first event of all. */
export const logStart: Cursor = { transactionId: '0', globalPosition: '0' };

/** Events of each stream after the given version, ascending; streams without any are absent from the map. */
export async function readStreams(
  client: Queryable,
  streams: ReadonlyMap<string, number>,
  upcasters: Upcasters,
): Promise<Map<string, Recorded[]>> {
  // The ordered subquery is never flattened, so that each stream is one range scan of the primary key,
  // even when the plan was made while the table was still empty.
  const { rows } = await client.query<EventRow>({
    name: 'event-store:read-streams',
    text: `SELECT e.* FROM unnest($1::text[], $2::integer[]) AS wanted(id, after)
      CROSS JOIN LATERAL (
        SELECT ${columns} FROM events WHERE stream_id = wanted.id AND version > wanted.after ORDER BY version
      ) AS e`,
    values: [arrayLiteral([...streams.keys()]), arrayLiteral([...streams.values()])],
  });
  const found = new Map<string, Recorded[]>();
  for (const row of rows) {
    const event = toRecorded(row, upcasters);
    const events = found.get(event.streamId);
    if (events === undefined) found.set(event.streamId, [event]);
    else events.push(event);
  }
  return found;
}

/** The latest version of each stream; absent streams are absent from the map. */
export async function readVersions(
  client: Queryable,
  streamIds: readonly string[],
): Promise<Map<string, number>> {
  const { rows } = await client.query<{ id: string; version: number }>({
    name: 'event-store:read-versions',
    text: `SELECT wanted.id, last.version FROM unnest($1::text[]) AS wanted(id)
      CROSS JOIN LATERAL (
        SELECT version FROM events WHERE stream_id = wanted.id ORDER BY version DESC LIMIT 1
      ) AS last`,
    values: [arrayLiteral(streamIds)],
  });
  return new Map(rows.map(({ id, version }) => [id, version]));
}

/**
 * The prefix of one stream up to and including a version, or up to a moment. Clocks of several writers may differ;
 * the cut is made before the first event that is later than the moment, so that the result is always a prefix.
 */
export async function readPrefix(
  client: Queryable,
  streamId: string,
  upTo: UpTo,
  upcasters: Upcasters,
): Promise<Recorded[]> {
  const limit =
    typeof upTo === 'number'
      ? 'version <= $2'
      : `version < COALESCE((SELECT min(version) FROM events WHERE stream_id = $1 AND occurred_at > $2), 2147483647)`;
  const { rows } = await client.query<EventRow>(
    `SELECT ${columns} FROM events WHERE stream_id = $1 AND ${limit} ORDER BY version`,
    [streamId, upTo],
  );
  return rows.map((row) => toRecorded(row, upcasters));
}

/**
 * The next events of the log. A position is taken at insert but visible at commit, so a cursor over positions alone
 * would step over a slow transaction. Events are therefore ordered by (transaction id, position), and only those of
 * transactions older than every running one are shown: nothing can later appear before the cursor. Transactions that
 * the snapshot `seen` shows are left out. Planned each time: a plan made while the table was small would sort all of it.
 */
export async function readLog(
  client: Queryable,
  after: Cursor,
  limit: number,
  upcasters: Upcasters,
  seen?: string,
): Promise<Positioned[]> {
  const { rows } = await client.query<PositionedRow>({
    text: `SELECT ${columns}, transaction_id::text, global_position::text FROM events
      WHERE (transaction_id, global_position) > ($1::xid8, $2::bigint)
        AND transaction_id < pg_snapshot_xmin(pg_current_snapshot())
        AND ($4::pg_snapshot IS NULL OR NOT pg_visible_in_snapshot(transaction_id, $4))
      ORDER BY events.transaction_id, events.global_position LIMIT $3`,
    values: [after.transactionId, after.globalPosition, limit, seen],
  });
  return rows.map((row) => toPositioned(row, upcasters));
}

/** The end of the log: exactly the events committed from now on come after it. */
export async function readHead(client: Queryable): Promise<Head> {
  const { rows } = await client.query<{ xmin: string; snapshot: string }>(
    `SELECT pg_snapshot_xmin(snapshot)::text AS xmin, snapshot::text FROM pg_current_snapshot() AS snapshot`,
  );
  const { xmin = '0', snapshot = '1:1:' } = rows[0] ?? {};
  return { transactionId: xmin, globalPosition: '0', snapshot };
}

/** No transaction that has committed by now has this id or a later one. */
export async function readNextTransactionId(client: Queryable): Promise<bigint> {
  const { rows } = await client.query<{ xmax: string }>(
    'SELECT pg_snapshot_xmax(pg_current_snapshot())::text AS xmax',
  );
  return BigInt(rows[0]?.xmax ?? 0);
}
