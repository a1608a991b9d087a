/** Works through the replays of many letters, one at a time, and takes up what a stopped process has left. */
import type { DeadLetterJobs, DeadLetters, ReplayJob } from '@ecommercestack/event-store';
import { sleep } from '../backoff.ts';
import type { Logger } from '../logger.ts';
import type { Message } from '../ports.ts';
import { createRepeated } from '../repeat.ts';
import type { Part } from '../sequence.ts';
import { advance } from './progress.ts';
import type { ReplayLetter } from './replay-letter.ts';

export interface ReplayWorkerOptions {
  readonly letters: Pick<DeadLetters<Message>, 'list'>;
  readonly jobs: Pick<DeadLetterJobs, 'claim' | 'save'>;
  readonly replay: ReplayLetter;
  /** Names this process among those that share the database. */
  readonly owner: string;
  readonly logger: Logger;
  /** How often to look for replays that nobody works on. Default 5,000. */
  readonly pollMs?: number;
  /** For how long a replay is this process's own, renewed after each letter. Default 60,000. */
  readonly leaseMs?: number;
  /** Between two letters, milliseconds; resolves at once when the signal aborts. */
  readonly pause?: typeof sleep;
}

export interface ReplayWorker extends Required<Part> {
  /** Begins at once, for a replay that has just been asked for. */
  wake(): void;
}

export function createReplayWorker(options: ReplayWorkerOptions): ReplayWorker {
  const { jobs, owner, logger, pollMs = 5_000, leaseMs = 60_000 } = options;
  const stopping = new AbortController();
  const { signal } = stopping;
  let running: Promise<void> | undefined;
  const onError = (error: unknown) => logger.warn({ error }, 'a replay of dead letters was interrupted');

  const work = async (): Promise<void> => {
    while (!signal.aborted) {
      const job = await jobs.claim(owner, leaseMs);
      if (job === undefined) return;
      await workOn(job, { ...options, leaseMs }, signal);
    }
  };
  const run = (): Promise<void> => {
    running ??= work().finally(() => {
      running = undefined;
    });
    return running;
  };
  const repeated = createRepeated({ work: run, pauseMs: pollMs, onError });
  return {
    start: () => repeated.start(),
    wake: () => void run().catch(onError),
    stop: async () => {
      stopping.abort();
      await repeated.stop();
      await running?.catch(onError);
    },
  };
}

/** Until all letters were replayed, too many failed, somebody stopped it, or this process stops. */
async function workOn(
  job: ReplayJob,
  options: ReplayWorkerOptions & { readonly leaseMs: number },
  signal: AbortSignal,
): Promise<void> {
  const { letters, jobs, replay, owner, leaseMs, pause = sleep } = options;
  const { id, filter, limits, upTo, actor } = job;
  let { progress } = job;
  let earliest = performance.now();
  for (;;) {
    const limit = progress.batch.size - progress.batch.done;
    const found = await letters.list({ ...filter, status: 'open', after: progress.after, upTo, limit });
    if (found.length === 0) return void (await jobs.save({ id, status: 'done', progress }, owner, leaseMs));
    for (const letter of found) {
      await pause(Math.max(0, earliest - performance.now()), signal);
      if (signal.aborted) return;
      earliest = performance.now() + 1_000 / limits.perSecond;
      const { outcome } = await replay(letter, { actor, jobId: id });
      const step = advance(progress, { id: letter.id, failed: outcome === 'failed' }, limits);
      if (!(await jobs.save({ id, ...step }, owner, leaseMs)) || step.status === 'stopped') return;
      ({ progress } = step);
    }
  }
}
