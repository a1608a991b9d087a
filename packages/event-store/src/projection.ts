/** Read models: every event applied exactly once, in the order of the log. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { PoolClient } from 'pg';
import { createBackground } from './background.ts';
import { firstUnapplied } from './checkpoint.ts';
import type { EventStore } from './event-store.ts';
import { createProjectionSteps, type Step } from './projection-steps.ts';
import { readNextTransactionId } from './read-events.ts';
import type { Positioned } from './types.ts';

export interface ProjectionOptions {
  readonly store: EventStore;
  /** Names its checkpoint; unique in the database. */
  readonly name: string;
  /** Writes through `client` only: the checkpoint commits or rolls back with it. */
  readonly apply: (client: PoolClient, events: readonly Positioned[]) => Promise<void>;
  /** Empties the read model with DELETE, never TRUNCATE, so that readers keep the old content until the commit. */
  readonly reset: (client: PoolClient) => Promise<void>;
  /** Events per transaction. Default: 500. */
  readonly batch?: number;
  /** How often events of other processes are sought. Default: 500. */
  readonly pollMs?: number;
  /** Least time between two transactions while it keeps up, so that events share one. Default: 50. */
  readonly restMs?: number;
}

export interface Projection {
  start(): void;
  stop(): Promise<void>;
  /**
   * Applies everything committed before the call, waiting for older transactions that hold it back and for another
   * instance at work; returns how many events. Ends early at a gap, which it reports.
   */
  catchUp(): Promise<number>;
  /**
   * Does everything again in one transaction: readers see the old content until it commits. The transaction holds
   * back the log for other readers as long as it runs.
   */
  rebuild(): Promise<void>;
  /** Age of the oldest event that is not applied yet; 0 when there is none. */
  lagSeconds(): Promise<number>;
}

/** A stream's event is in the log without the one before it. Nothing from there on is applied. */
export class ProjectionGapError extends Error {
  constructor(name: string, { streamId, version }: Positioned) {
    super(
      `projection ${name} waits before version ${version} of ${streamId}: the version before it was not applied`,
    );
    this.name = 'ProjectionGapError';
  }
}

export function createProjection(options: ProjectionOptions): Projection {
  const { store, name, batch = 500, pollMs = 500, restMs = 50 } = options;
  const { pool, now, reportError } = store;
  const steps = createProjectionSteps(options, batch);
  const shortestMs = Math.min(10, pollMs);
  let pauseMs = pollMs;
  let restedAt = 0;
  let stopListening: () => void = () => undefined;

  function report({ gap }: Step): void {
    if (gap !== undefined) reportError(new ProjectionGapError(name, gap));
  }

  async function round(): Promise<number> {
    const rest = restedAt - performance.now();
    if (rest > 0) return rest;
    const step = await steps.tryStep();
    report(step);
    if (step.full) return 0;
    restedAt = performance.now() + restMs;
    // What a wake-up announced may be behind a transaction that is still running: look again soon, then less often.
    pauseMs = step.applied > 0 ? shortestMs : Math.min(pauseMs * 2, pollMs);
    return pauseMs;
  }

  const background = createBackground({ round, retryMs: pollMs, reportError });

  return {
    start() {
      stopListening = store.onCommit(({ events }) => {
        if (events.length === 0) return;
        pauseMs = Math.min(pauseMs, shortestMs / 2);
        background.wake();
      });
      background.start();
    },
    async stop() {
      stopListening();
      await background.stop();
    },
    async catchUp() {
      const end = await readNextTransactionId(pool);
      for (let applied = 0; ;) {
        const step = await steps.step();
        applied += step.applied;
        if (step.full) continue;
        report(step);
        const next = step.gap === undefined ? await firstUnapplied(pool, name) : undefined;
        if (next === undefined || BigInt(next.transactionId) >= end) return applied;
        await sleep(shortestMs);
      }
    },
    async rebuild() {
      report(await steps.rebuild());
    },
    async lagSeconds() {
      const oldest = await firstUnapplied(pool, name);
      return oldest === undefined ? 0 : Math.max(0, (now().getTime() - oldest.occurredAt.getTime()) / 1000);
    },
  };
}
