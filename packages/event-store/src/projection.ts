/** Read models: every event applied exactly once, in the order of the log. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { PoolClient } from 'pg';
import { createBackground } from './background.ts';
import { countUnbroken, firstUnapplied, readCheckpoint, writeCheckpoint } from './checkpoint.ts';
import type { EventStore } from './event-store.ts';
import { logStart, readNextTransactionId } from './read-events.ts';
import { runTransaction } from './run-transaction.ts';
import type { Cursor, Positioned } from './types.ts';

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

/** What one transaction did: more may be waiting if it was full; a gap is where the next one will stop as well. */
interface Step {
  readonly applied: number;
  readonly full: boolean;
  readonly gap: Positioned | undefined;
}

export function createProjection(options: ProjectionOptions): Projection {
  const { store, name, apply, reset, batch = 500, pollMs = 500 } = options;
  const { pool, now, reportError } = store;
  const lockKey = `event-store:projection:${name}`;
  const idle: Step = { applied: 0, full: false, gap: undefined };
  const shortestMs = Math.min(10, pollMs);
  let pauseMs = pollMs;
  let stopListening: () => void = () => undefined;

  /** Applies the next page after `checkpoint`. The lock on the projection is held. */
  async function applyPage(
    client: PoolClient,
    checkpoint: Cursor,
  ): Promise<Step & { readonly cursor: Cursor }> {
    const page = await store.read({ after: checkpoint, limit: batch, client });
    const events = page.slice(0, await countUnbroken(client, checkpoint, page));
    if (events.length > 0) await apply(client, events);
    const gap = page[events.length];
    const full = page.length === batch && gap === undefined;
    return { applied: events.length, full, gap, cursor: events.at(-1)?.position ?? checkpoint };
  }

  async function stepLocked(client: PoolClient): Promise<Step> {
    const step = await applyPage(client, await readCheckpoint(client, name));
    if (step.applied > 0) await writeCheckpoint(client, name, step.cursor);
    return step;
  }

  /** Leaves the work to another instance that is at it. */
  async function tryStep(): Promise<Step> {
    return runTransaction(pool, [], async (client) => {
      const { rows } = await client.query<{ locked: boolean }>(
        'SELECT pg_try_advisory_xact_lock(hashtextextended($1, 0)) AS locked',
        [lockKey],
      );
      return rows[0]?.locked === true ? stepLocked(client) : idle;
    });
  }

  function report({ gap }: Step): void {
    if (gap !== undefined) reportError(new ProjectionGapError(name, gap));
  }

  async function round(): Promise<number> {
    const step = await tryStep();
    report(step);
    if (step.full) return 0;
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
        const step = await runTransaction(pool, [lockKey], stepLocked);
        applied += step.applied;
        if (step.full) continue;
        report(step);
        const next = step.gap === undefined ? await firstUnapplied(pool, name) : undefined;
        if (next === undefined || BigInt(next.transactionId) >= end) return applied;
        await sleep(shortestMs);
      }
    },
    async rebuild() {
      const last = await runTransaction(pool, [lockKey], async (client) => {
        await reset(client);
        let step = await applyPage(client, logStart);
        while (step.full) step = await applyPage(client, step.cursor);
        await writeCheckpoint(client, name, step.cursor);
        return step;
      });
      report(last);
    },
    async lagSeconds() {
      const oldest = await firstUnapplied(pool, name);
      return oldest === undefined ? 0 : Math.max(0, (now().getTime() - oldest.occurredAt.getTime()) / 1000);
    },
  };
}
