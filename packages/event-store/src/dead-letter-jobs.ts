/** Replays of many dead letters: what is asked for, how far they are, and which process works on them. */
import { NOTED } from './dead-letter-actions.ts';
import type { DeadLetterFilter } from './dead-letter.ts';
import type { EventStore } from './event-store.ts';

export interface ReplayLimits {
  /** Letters per batch at most; batches grow 1, 2, 4 … up to it. */
  readonly maxBatch: number;
  /** Letters per second at most. */
  readonly perSecond: number;
  /** A batch of which a larger share fails again stops the job: 0 to 1. */
  readonly maxFailureShare: number;
}

export interface ReplayProgress {
  /** Id of the last letter that was replayed; `0` before the first. */
  readonly after: string;
  readonly handled: number;
  readonly failed: number;
  /** The batch under way. */
  readonly batch: { readonly size: number; readonly done: number; readonly failed: number };
}

export interface ReplayJob {
  readonly id: string;
  readonly filter: DeadLetterFilter;
  readonly limits: ReplayLimits;
  /** Letters that arrive later are none of its business. */
  readonly upTo: string;
  readonly actor: string;
  readonly status: 'running' | 'done' | 'stopped';
  readonly progress: ReplayProgress;
  readonly stopReason?: string;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

export interface DeadLetterJobs {
  /** The same id again answers the job that is there, which may have been asked for otherwise. */
  start(
    job: Pick<ReplayJob, 'id' | 'filter' | 'limits' | 'actor'>,
  ): Promise<{ readonly job: ReplayJob; readonly created: boolean }>;
  get(id: string): Promise<ReplayJob | undefined>;
  /** The oldest running job that no other process works on, this one's for `leaseMs`. */
  claim(owner: string, leaseMs: number): Promise<ReplayJob | undefined>;
  /** Keeps the progress and the lease. False: the job was stopped, or another process has taken it over. */
  save(
    job: Pick<ReplayJob, 'id' | 'status' | 'progress' | 'stopReason'>,
    owner: string,
    leaseMs: number,
  ): Promise<boolean>;
  /** True if it was running. */
  stop(id: string, actor: string): Promise<boolean>;
}

interface Row {
  readonly id: string;
  readonly filter: DeadLetterFilter;
  readonly limits: ReplayLimits;
  readonly up_to: string;
  readonly actor: string;
  readonly status: ReplayJob['status'];
  readonly progress: ReplayProgress;
  readonly stop_reason: string | null;
  readonly created_at: Date;
  readonly updated_at: Date;
}

const COLUMNS =
  'id, filter, limits, up_to::text, actor, status, progress, stop_reason, created_at, updated_at';
const LEASED = "now() + $2 * interval '1 millisecond'";

function toJob(row: Row): ReplayJob {
  const { up_to: upTo, stop_reason: stopReason, created_at: createdAt, updated_at: updatedAt, ...rest } = row;
  return { ...rest, upTo, createdAt, updatedAt, ...(stopReason !== null && { stopReason }) };
}

const BEGINNING: ReplayProgress = {
  after: '0',
  handled: 0,
  failed: 0,
  batch: { size: 1, done: 0, failed: 0 },
};

export function deadLetterJobs(store: EventStore): DeadLetterJobs {
  const { pool } = store;
  const first = (rows: readonly Row[]) => (rows[0] === undefined ? undefined : toJob(rows[0]));
  const get = async (id: string) =>
    first((await pool.query<Row>(`SELECT ${COLUMNS} FROM dead_letter_jobs WHERE id = $1`, [id])).rows);
  return {
    get,
    async start({ id, filter, limits, actor }) {
      const { rows } = await pool.query<Row>(
        `WITH job AS (
          INSERT INTO dead_letter_jobs (id, filter, limits, up_to, actor, status, progress, created_at, updated_at)
          SELECT $1, $2, $3, coalesce(max(dead_letters.id), 0), $4, 'running', $5, $6, $6 FROM dead_letters
          ON CONFLICT (id) DO NOTHING RETURNING *
        ), noted AS (${NOTED} SELECT NULL, id, 'start-replay', actor, 'started', filter::text, created_at FROM job)
        SELECT ${COLUMNS} FROM job`,
        [id, JSON.stringify(filter), JSON.stringify(limits), actor, JSON.stringify(BEGINNING), store.now()],
      );
      const created = first(rows);
      const job = created ?? (await get(id));
      if (job === undefined) throw new Error(`the replay ${id} has vanished`);
      return { job, created: created !== undefined };
    },
    async claim(owner, leaseMs) {
      const { rows } = await pool.query<Row>(
        `UPDATE dead_letter_jobs SET owner = $1, leased_until = ${LEASED} WHERE id = (
          SELECT id FROM dead_letter_jobs
          WHERE status = 'running' AND (owner IS NULL OR owner = $1 OR leased_until < now())
          ORDER BY created_at LIMIT 1 FOR UPDATE SKIP LOCKED) RETURNING ${COLUMNS}`,
        [owner, leaseMs],
      );
      return first(rows);
    },
    async save({ id, status, progress, stopReason }, owner, leaseMs) {
      const { rowCount } = await pool.query(
        `WITH job AS (
          UPDATE dead_letter_jobs SET status = $4, progress = $5, stop_reason = $6, updated_at = $7,
            leased_until = ${LEASED} WHERE id = $1 AND owner = $3 AND status = 'running' RETURNING *
        ), noted AS (${NOTED} SELECT NULL, id, 'end-replay', 'system', status, stop_reason, updated_at FROM job
          WHERE status <> 'running')
        SELECT id FROM job`,
        [id, leaseMs, owner, status, JSON.stringify(progress), stopReason, store.now()],
      );
      return rowCount === 1;
    },
    async stop(id, actor) {
      const { rowCount } = await pool.query(
        `WITH job AS (
          UPDATE dead_letter_jobs SET status = 'stopped', stop_reason = 'stopped by ' || $2, updated_at = $3
          WHERE id = $1 AND status = 'running' RETURNING *
        ), noted AS (${NOTED} SELECT NULL, id, 'stop-replay', $2, 'stopped', NULL, updated_at FROM job)
        SELECT id FROM job`,
        [id, actor, store.now()],
      );
      return rowCount === 1;
    },
  };
}
