/** Coalesces concurrent calls into batches: one in flight, the next takes all that waits. */
import { performance } from 'node:perf_hooks';

/** A pause after a batch, so that the next is larger. */
export interface Rest {
  readonly ms: number;
  /** As many waiting end it, given how many there were in the batch. */
  readonly enough: (last: number) => number;
}

/** Batches of fewer are no load worth waiting in. */
const several = 4;

/**
 * Under load, fewer and larger batches cost so much less that everybody is served sooner. Half as long and twice as long
 * gave fewer checkouts a second.
 */
export const underLoad: Rest = { ms: 8, enough: (last) => (last < several ? 1 : last) };

/** Where nobody waits for the outcome. */
export const unhurried: Rest = { ms: 100, enough: () => Number.POSITIVE_INFINITY };

export interface MicroBatchOptions<M, R> {
  /** Does a batch as a whole or not at all; one result per item, in order. */
  readonly run: (items: readonly M[]) => Promise<readonly R[]>;
  readonly maxBatch: number;
  /** Default: none. */
  readonly rest?: Rest;
  /** Whether a failure may be the fault of single items, so that halves are worth trying. Default: always. */
  readonly isDivisible?: (error: unknown) => boolean;
  /** Whether an item that failed alone is tried once more. Default: never. */
  readonly isRetryable?: (error: unknown) => boolean;
}

export interface MicroBatch<M, R> {
  /** Settles with the outcome of this item alone. */
  submit(item: M): Promise<R>;
  /** Resolves when nothing waits or runs. */
  drain(): Promise<void>;
}

interface Waiting<M, R> {
  readonly item: M;
  readonly resolve: (result: R) => void;
  readonly reject: (error: unknown) => void;
}

function createPause(
  { rest, maxBatch }: Pick<MicroBatchOptions<never, never>, 'rest' | 'maxBatch'>,
  waiting: () => number,
) {
  let endsAt = Number.NEGATIVE_INFINITY;
  let wanted = 0;
  let submitted = (): void => undefined;
  return {
    begin(size: number): void {
      if (rest === undefined) return;
      endsAt = performance.now() + rest.ms;
      wanted = Math.min(rest.enough(size), maxBatch);
    },
    submitted: () => submitted(),
    async over(): Promise<void> {
      const left = endsAt - performance.now();
      if (left <= 0 || waiting() >= wanted) return;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left);
        submitted = () => {
          if (waiting() < wanted) return;
          clearTimeout(timer);
          resolve();
        };
      });
      submitted = () => undefined;
    },
  };
}

/** A batch is what arrived while the one before was running or rested from. */
export function createMicroBatch<M, R>(options: MicroBatchOptions<M, R>): MicroBatch<M, R> {
  const { run, maxBatch, isDivisible = () => true, isRetryable = () => false } = options;
  const queue: Waiting<M, R>[] = [];
  let running: Promise<void> | undefined;
  const pause = createPause(options, () => queue.length);

  async function settle(batch: readonly Waiting<M, R>[], retried: boolean): Promise<void> {
    let results: readonly R[];
    try {
      results = await run(batch.map(({ item }) => item));
    } catch (error) {
      await settleFailed(batch, error, retried);
      return;
    }
    batch.forEach(({ resolve, reject }, index) => {
      // A bug of `run`, found after the fact: the batch has happened, so it must not run again.
      if (index >= results.length) reject(new Error(`${batch.length} items gave ${results.length} results`));
      else resolve(results[index] as R);
    });
  }

  async function settleFailed(
    batch: readonly Waiting<M, R>[],
    error: unknown,
    retried: boolean,
  ): Promise<void> {
    if (batch.length > 1 && isDivisible(error)) {
      const middle = Math.ceil(batch.length / 2);
      await settle(batch.slice(0, middle), false);
      await settle(batch.slice(middle), false);
    } else if (batch.length === 1 && !retried && isRetryable(error)) {
      await settle(batch, true);
    } else {
      for (const { reject } of batch) reject(error);
    }
  }

  async function work(): Promise<void> {
    while (queue.length > 0) {
      // One turn of the event loop, so that callers answered by the last batch can join the next.
      await new Promise(setImmediate);
      await pause.over();
      const batch = queue.splice(0, maxBatch);
      await settle(batch, false);
      pause.begin(batch.length);
    }
    running = undefined;
  }

  return {
    submit: (item) =>
      new Promise<R>((resolve, reject) => {
        queue.push({ item, resolve, reject });
        running ??= work();
        pause.submitted();
      }),
    async drain() {
      while (running !== undefined) await running;
    },
  };
}
