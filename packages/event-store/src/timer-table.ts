/** The timers as those who fire them use them. */
import type { Pool } from 'pg';
import type { DueTimer } from './timers.ts';

export interface Firing {
  readonly timer: DueTimer;
  readonly traceparent: string | undefined;
  /** The timestamp of the lease as the database writes it: lost as soon as anybody sets the timer again. */
  readonly lease: string;
}

interface TimerRow {
  readonly stream_id: string;
  readonly name: string;
  readonly due_at: Date;
  readonly payload: unknown;
  readonly traceparent: string | null;
  readonly attempts: number;
  readonly lease: string;
}

// No statement here is prepared: a plan made while the table was small would read all of it for ever.

/** Timers claimed at a time. */
export const page = 128;
const longestRetryMs = 60_000;

export async function claimDue(pool: Pool, now: Date, leaseMs: number): Promise<Firing[]> {
  const { rows } = await pool.query<TimerRow>({
    text: `WITH due AS MATERIALIZED (
        SELECT stream_id, name FROM timers
        WHERE due_at <= $1 AND (leased_until IS NULL OR leased_until < clock_timestamp())
        ORDER BY due_at LIMIT $2 FOR UPDATE SKIP LOCKED)
      UPDATE timers SET attempts = attempts + 1,
        leased_until = clock_timestamp() + $3::double precision * interval '1 millisecond'
      FROM due WHERE timers.stream_id = due.stream_id AND timers.name = due.name
      RETURNING timers.stream_id, timers.name, due_at, payload, traceparent, attempts, leased_until::text AS lease`,
    values: [now, page, leaseMs],
  });
  return rows.map((row) => ({
    timer: {
      streamId: row.stream_id,
      name: row.name,
      dueAt: row.due_at,
      payload: row.payload,
      attempt: row.attempts,
    },
    traceparent: row.traceparent ?? undefined,
    lease: row.lease,
  }));
}

export async function deleteFired(pool: Pool, firings: readonly Firing[]): Promise<void> {
  await pool.query({
    text: `DELETE FROM timers USING unnest($1::text[], $2::text[], $3::timestamptz[]) AS fired(stream_id, name, lease)
      WHERE timers.stream_id = fired.stream_id AND timers.name = fired.name AND timers.leased_until = fired.lease`,
    values: [
      firings.map(({ timer }) => timer.streamId),
      firings.map(({ timer }) => timer.name),
      firings.map(({ lease }) => lease),
    ],
  });
}

export async function postpone(pool: Pool, { timer, lease }: Firing, retryMs: number): Promise<void> {
  await pool.query(
    `UPDATE timers SET leased_until = clock_timestamp() + $4::double precision * interval '1 millisecond'
      WHERE stream_id = $1 AND name = $2 AND leased_until = $3::timestamptz`,
    [timer.streamId, timer.name, lease, Math.min(retryMs * 2 ** (timer.attempt - 1), longestRetryMs)],
  );
}

export async function nextDue(pool: Pool, now: Date): Promise<Date | undefined> {
  const { rows } = await pool.query<{ next: Date | null }>({
    text: 'SELECT min(due_at) AS next FROM timers WHERE due_at > $1',
    values: [now],
  });
  return rows[0]?.next ?? undefined;
}
