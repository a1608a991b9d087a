/** Fires durable timers: at least once each, again until it is handled, once across instances unless one dies. */
import type { Pool } from 'pg';
import { createBackground } from './background.ts';
import type { EventStore } from './event-store.ts';
import { createMicroBatch } from './micro-batch.ts';
import { claimDue, deleteFired, nextDue, page, postpone, type Firing } from './timer-table.ts';
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

/** Deletes fired timers, many per statement. */
function createDeleter(pool: Pool) {
  return createMicroBatch<Firing, true>({
    maxBatch: page,
    isDivisible: () => false,
    async run(firings) {
      await deleteFired(pool, firings);
      return firings.map(() => true as const);
    },
  });
}

export function createTimers(options: TimersOptions): Timers {
  const { store, onDue, pollMs = 1000, leaseMs = 30_000, retryMs = 1000 } = options;
  const { pool, reportError } = store;
  const deletes = createDeleter(pool);
  const inFlight = new Set<Promise<void>>();
  let wakeAt = 0;
  let stopListening: () => void = () => undefined;

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
    // Until this round knows when the next timer is due, every new one wakes the next round.
    wakeAt = Number.POSITIVE_INFINITY;
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
