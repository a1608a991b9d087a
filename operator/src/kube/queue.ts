/** Keys that have to be looked at: each once however often it is added, never twice at the same time, all in turn. */
import { backoffMs, type Backoff } from '@ecommercestack/kit';

export interface QueueClock {
  /** Milliseconds; only differences count. */
  now(): number;
  /** Returns the way to cancel it. */
  after(ms: number, act: () => void): () => void;
}

export const systemQueueClock: QueueClock = {
  now: () => performance.now(),
  after: (ms, act) => {
    const timer = setTimeout(act, ms);
    return () => clearTimeout(timer);
  },
};

export interface Handled {
  /** Something is due then although nobody adds the key. */
  readonly againAfterMs?: number | undefined;
}

export interface QueueOptions {
  /** Throws: tried again later, and later each time. */
  readonly handle: (key: string, signal: AbortSignal) => Promise<Handled>;
  /** At least 0: a wait that the failure asks for, beside the backoff. */
  readonly onFailure: (key: string, error: unknown) => number;
  readonly workers: number;
  readonly backoff: Backoff;
  readonly clock: QueueClock;
  readonly random: () => number;
}

export interface Queue {
  /** To be looked at as soon as a worker is free, even if it failed just now. */
  add(key: string): void;
  /** What waits and what is being handled. */
  readonly depth: number;
  /** Handles keys until the signal aborts, and resolves when those in work are finished. Once at a time. */
  run(signal: AbortSignal): Promise<void>;
}

export const QUEUE_BACKOFF: Backoff = { baseMs: 5, maxMs: 1_000_000 };

export function createQueue(options: QueueOptions): Queue {
  const { handle, onFailure, workers, backoff, clock, random } = options;
  /** In the order of their turns. */
  const waiting = new Set<string>();
  const working = new Map<string, Promise<void>>();
  /** Added while they were in work. */
  const again = new Set<string>();
  const failures = new Map<string, number>();
  let running: AbortSignal | undefined;

  const add = (key: string): void => {
    later.cancel(key);
    if (working.has(key)) again.add(key);
    else waiting.add(key);
    start();
  };
  const later = createPlanned(clock, add);

  const work = async (key: string, signal: AbortSignal): Promise<void> => {
    try {
      const { againAfterMs } = await handle(key, signal);
      failures.delete(key);
      if (againAfterMs !== undefined) later.plan(key, againAfterMs);
    } catch (error) {
      const count = (failures.get(key) ?? 0) + 1;
      failures.set(key, count);
      later.plan(key, Math.max(onFailure(key, error), backoffMs(count, backoff, random)));
    }
  };

  const start = (): void => {
    for (const key of waiting) {
      if (running === undefined || running.aborted || working.size >= workers) return;
      waiting.delete(key);
      const signal = running;
      // Not before it counts as in work: the first thing that it does may be to add itself.
      const begun = Promise.resolve().then(() => work(key, signal));
      const done = begun.finally(() => {
        working.delete(key);
        if (again.delete(key)) add(key);
        start();
      });
      working.set(key, done);
    }
  };

  return {
    add,
    get depth() {
      return waiting.size + working.size;
    },
    run: async (signal) => {
      if (running !== undefined) throw new Error('the queue is run already');
      running = signal;
      const aborted = Promise.withResolvers<void>();
      signal.addEventListener('abort', () => aborted.resolve(), { once: true });
      if (signal.aborted) aborted.resolve();
      start();
      await aborted.promise;
      await Promise.all(working.values());
      running = undefined;
    },
  };
}

/** Keys whose time comes; of two times for one key the earlier one. */
function createPlanned(clock: QueueClock, act: (key: string) => void) {
  const planned = new Map<string, { readonly at: number; readonly cancel: () => void }>();
  const cancel = (key: string): void => {
    planned.get(key)?.cancel();
    planned.delete(key);
  };
  return {
    cancel,
    plan: (key: string, ms: number): void => {
      const at = clock.now() + ms;
      const before = planned.get(key);
      if (before !== undefined && before.at <= at) return;
      cancel(key);
      planned.set(key, { at, cancel: clock.after(ms, () => act(key)) });
    },
  };
}
