/** Streams whose versions are not 1..n: the whole log at first, then what was committed since the look before. */
import type pg from 'pg';
import type { BrokenStream } from './facts.ts';

/** How far a look has seen. */
export interface StreamMark {
  /** Transactions below it had ended: none of their events comes later. */
  readonly horizon: string;
  /** Streams that were broken: looked at again, whether or not they change. */
  readonly broken: readonly string[];
}

/** At most so many are named. */
const LIMIT = 100;

export async function readBrokenStreams(
  database: string,
  client: Pick<pg.Client, 'query'>,
  mark?: StreamMark,
): Promise<{ readonly broken: readonly BrokenStream[]; readonly mark: StreamMark }> {
  const now = await client.query<{ horizon: string }>(
    'SELECT pg_snapshot_xmin(pg_current_snapshot())::text AS horizon',
  );
  const { rows } =
    mark === undefined
      ? await client.query<Found>(WHOLE)
      : await client.query<Found>(CHANGED, [mark.horizon, mark.broken]);
  const broken = rows.map((row) => ({ database, ...row }));
  const horizon = now.rows[0]?.horizon;
  if (horizon === undefined) throw new Error('a query without FROM gives one row');
  return { broken, mark: { horizon, broken: broken.map(({ streamId }) => streamId) } };
}

type Found = Omit<BrokenStream, 'database'>;

const WHOLE = `
  SELECT stream_id AS "streamId", count(*)::integer AS events, max(version) AS "lastVersion"
    FROM events GROUP BY stream_id HAVING count(*) <> max(version) OR min(version) <> 1 LIMIT ${LIMIT}`;

// Events of a stream are committed in order, so what is new ends the stream, and follows on what was seen.
const CHANGED = `
  WITH recent AS (
    SELECT stream_id, count(*) AS events, min(version) AS first, max(version) AS last
      FROM events WHERE transaction_id >= $1::xid8 GROUP BY stream_id
  ), suspected AS (
    SELECT stream_id FROM recent
     WHERE events <> last - first + 1
        OR (first > 1 AND NOT EXISTS (
             SELECT FROM events AS seen WHERE seen.stream_id = recent.stream_id AND seen.version = first - 1))
    UNION SELECT unnest($2::text[])
  )
  SELECT stream_id AS "streamId", count(*)::integer AS events, max(version) AS "lastVersion"
    FROM events JOIN suspected USING (stream_id)
   GROUP BY stream_id HAVING count(*) <> max(version) OR min(version) <> 1 LIMIT ${LIMIT}`;
