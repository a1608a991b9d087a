/** Fires durable timers: at least once each, again until it is handled, once across instances unless one dies. */
import type { Pool } from 'pg';
import { createBackground } from './background.ts';
import type { EventStore } from './event-store.ts';
import { createMicroBatch } from './micro-batch.ts';
import { inSpan, startTimerSpan } from './tracing.ts';
import type { TimerRequest } from './types.ts';

/** A timer that is due. */
export interface DueTimer extends Required<TimerRequest> {
  /** 1 the first time. */
  readonly attempt: number;
}

export interface TimersOptions {
  readonly store: EventStore;
  /**
   * Usually submits a command to a processor that cancels or sets the timer again in its own transaction. A timer
   * that is still the same when this resolves is done and removed; after a throw it is fired again.
   */
  readonly onDue: (timer: DueTimer) => Promise<void>;
  /** How often timers of other processes are sought. Default: 1000. */
  readonly pollMs?: number;
  /** How long a firing may take before another instance repeats it. Default: 30000. */
  readonly leaseMs?: number;
  /** First pause after a failure, doubled with each to at most a minute. Default: 1000. */
  readonly retryMs?: number;
}

export interface Timers {
  start(): void;
  /** Waits for firings in flight. */
  stop(): Promise<void>;
  /** Fires what is due by the store's clock and waits for it; returns how many fired. For tests and batch jobs. */
  fireDue(): Promise<number>;
}

interface Firing {
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

const page = 128;
const longestRetryMs = 60_000;

async function claimDue(pool: Pool, now: Date, leaseMs: number): Promise<Firing[]> {
  const { rows } = await pool.query<TimerRow>({
    name: 'event-store:timers-claim',
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

async function deleteFired(pool: Pool, firings: readonly Firing[]): Promise<void> {
  await pool.query({
    name: 'event-store:timers-delete',
    text: `DELETE FROM timers USING unnest($1::text[], $2::text[], $3::timestamptz[]) AS fired(stream_id, name, lease)
      WHERE timers.stream_id = fired.stream_id AND timers.name = fired.name AND timers.leased_until = fired.lease`,
    values: [
      firings.map(({ timer }) => timer.streamId),
      firings.map(({ timer }) => timer.name),
      firings.map(({ lease }) => lease),
    ],
  });
}

async function postpone(pool: Pool, { timer, lease }: Firing, retryMs: number): Promise<void> {
  await pool.query(
    `UPDATE timers SET leased_until = clock_timestamp() + $4::double precision * interval '1 millisecond'
      WHERE stream_id = $1 AND name = $2 AND leased_until = $3::timestamptz`,
    [timer.streamId, timer.name, lease, Math.min(retryMs * 2 ** (timer.attempt - 1), longestRetryMs)],
  );
}

async function nextDue(pool: Pool, now: Date): Promise<Date | undefined> {
  const { rows } = await pool.query<{ next: Date | null }>({
    name: 'event-store:timers-next',
    text: 'SELECT min(due_at) AS next FROM timers WHERE due_at > $1',
    values: [now],
  });
  return rows[0]?.next ?? undefined;
}

export function createTimers(options: TimersOptions): Timers {
  const { store, onDue, pollMs = 1000, leaseMs = 30_000, retryMs = 1000 } = options;
  const { pool, reportError } = store;
  const inFlight = new Set<Promise<void>>();
  let wakeAt = 0;
  let stopListening: () => void = () => undefined;

  const deletes = createMicroBatch<Firing, true>({
    maxBatch: page,
    isDivisible: () => false,
    async run(firings) {
      await deleteFired(pool, firings);
      return firings.map(() => true as const);
    },
  });

  async function fire(firing: Firing): Promise<void> {
    try {
      await inSpan(startTimerSpan(firing.timer.name, firing.traceparent), () => onDue(firing.timer));
    } catch (error) {
      reportError(error);
      await postpone(pool, firing, retryMs);
      return;
    }
    await deletes.submit(firing);
  }

  /** Claims one page and fires it without waiting. */
  async function firePage(): Promise<number> {
    const firings = await claimDue(pool, store.now(), leaseMs);
    for (const firing of firings) {
      // What fails here leaves the timer with its lease, after which it fires again.
      const firingEnds = fire(firing)
        .catch(reportError)
        .finally(() => inFlight.delete(firingEnds));
      inFlight.add(firingEnds);
    }
    return firings.length;
  }

  async function round(): Promise<number> {
    if (inFlight.size >= page) await Promise.race(inFlight);
    if ((await firePage()) === page) return 0;
    const now = store.now();
    const next = await nextDue(pool, now);
    wakeAt = Math.min(next?.getTime() ?? Number.POSITIVE_INFINITY, now.getTime() + pollMs);
    return Math.max(0, wakeAt - now.getTime());
  }

  const background = createBackground({ round, retryMs: pollMs, reportError });

  return {
    start() {
      stopListening = store.onCommit(({ timers }) => {
        if (timers.some(({ dueAt }) => dueAt.getTime() < wakeAt)) background.wake();
      });
      background.start();
    },
    async stop() {
      stopListening();
      await background.stop();
      await Promise.all(inFlight);
    },
    async fireDue() {
      let fired = 0;
      for (let more = page; more === page; fired += more) more = await firePage();
      await Promise.all(inFlight);
      return fired;
    },
  };
}
