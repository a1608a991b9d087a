/** The transactions of a projection, each under the lock that makes one instance active at a time. */
import type { PoolClient } from 'pg';
import { countUnbroken, readCheckpoint, writeCheckpoint } from './checkpoint.ts';
import type { ProjectionOptions } from './projection.ts';
import { logStart } from './read-events.ts';
import { relaxedCommit } from './relaxed-commit.ts';
import { runTransaction } from './run-transaction.ts';
import type { Cursor, Positioned } from './types.ts';

/** What one transaction did: more may be waiting if it was full; a gap is where the next one will stop as well. */
export interface Step {
  readonly applied: number;
  readonly full: boolean;
  readonly gap: Positioned | undefined;
}

export interface ProjectionSteps {
  /** Applies the next page; waits for another instance. */
  readonly step: () => Promise<Step>;
  /** Applies the next page unless another instance is at work. */
  readonly tryStep: () => Promise<Step>;
  /** Applies everything again in one transaction. */
  readonly rebuild: () => Promise<Step>;
}

const idle: Step = { applied: 0, full: false, gap: undefined };

export function createProjectionSteps(options: ProjectionOptions, batch: number): ProjectionSteps {
  const { store, name, apply, reset } = options;
  const { pool } = store;
  const lockKey = `event-store:projection:${name}`;

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

  return {
    step: () => runTransaction(pool, [lockKey], stepLocked),
    tryStep: () =>
      runTransaction(pool, [], async (client) => {
        const { rows } = await client.query<{ locked: boolean }>(
          // A lost commit takes its checkpoint along: the events are applied again, so nobody waits for the disk.
          `WITH ${relaxedCommit} SELECT pg_try_advisory_xact_lock(hashtextextended($1, 0)) AS locked FROM relaxed`,
          [lockKey],
        );
        return rows[0]?.locked === true ? stepLocked(client) : idle;
      }),
    rebuild: () =>
      runTransaction(pool, [lockKey], async (client) => {
        await reset(client);
        let step = await applyPage(client, logStart);
        while (step.full) step = await applyPage(client, step.cursor);
        await writeCheckpoint(client, name, step.cursor);
        return step;
      }),
  };
}
