/** Delivers what is due on one channel. Each channel has its own worker, so that none waits for another. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Attempt, AttemptResult } from './delivery.ts';

export interface WorkerOptions {
  /** Takes up to `limit` due notifications of the channel for this process. */
  readonly claim: (limit: number) => Promise<readonly Attempt[]>;
  readonly deliver: (attempt: Attempt) => Promise<AttemptResult>;
  readonly record: (attempt: Attempt, result: AttemptResult) => Promise<void>;
  /** Attempts at a time. */
  readonly concurrency: number;
  readonly pollMs: number;
  /** Least time between two claims, so that notifications share one. */
  readonly restMs: number;
  readonly onError: (error: unknown) => void;
}

export interface Worker {
  start(): void;
  /** Looks for due notifications now. */
  wake(): void;
  /** Lets attempts that have begun finish. */
  stop(): Promise<void>;
}

export function createWorker(options: WorkerOptions): Worker {
  const { claim, deliver, record, concurrency, pollMs, restMs, onError } = options;
  const stopped = new AbortController();
  const inFlight = new Set<Promise<void>>();
  let woken = Promise.withResolvers<void>();
  let running: Promise<void> = Promise.resolve();

  /** Where the record fails, the lease ends, and the next attempt asks the channel first. */
  const attemptOne = async (attempt: Attempt): Promise<void> => record(attempt, await deliver(attempt));

  const begin = (attempt: Attempt): void => {
    const done = attemptOne(attempt)
      .catch(onError)
      .finally(() => {
        inFlight.delete(done);
        if (inFlight.size === concurrency - 1) woken.resolve();
      });
    inFlight.add(done);
  };

  const round = async (): Promise<void> => {
    while (!stopped.signal.aborted) {
      const room = concurrency - inFlight.size;
      if (room === 0) return;
      const claimed = await claim(room);
      claimed.forEach(begin);
      if (claimed.length < room) return;
    }
  };

  const rest = async (): Promise<void> => {
    await sleep(restMs, undefined, { signal: stopped.signal }).catch(() => undefined);
  };

  const work = async (): Promise<void> => {
    while (!stopped.signal.aborted) {
      await round().catch(onError);
      await rest();
      const timer = setTimeout(() => woken.resolve(), pollMs);
      await woken.promise;
      clearTimeout(timer);
      woken = Promise.withResolvers();
    }
    await Promise.all(inFlight);
  };

  return {
    start: () => {
      running = work();
    },
    wake: () => woken.resolve(),
    stop: async () => {
      stopped.abort();
      woken.resolve();
      await running;
    },
  };
}
