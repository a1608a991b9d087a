/** Runs at most `max` tasks at once; the others wait in order. */
export interface ConcurrencyLimit {
  run<T>(task: () => Promise<T>): Promise<T>;
  /** Running and waiting. */
  readonly size: number;
}

export function createConcurrencyLimit(max: number): ConcurrencyLimit {
  const waiting: (() => void)[] = [];
  let running = 0;
  return {
    async run(task) {
      // A place that becomes free is handed over, so that nobody overtakes the queue.
      if (running < max) running += 1;
      else await new Promise<void>((resolve) => waiting.push(resolve));
      try {
        return await task();
      } finally {
        const next = waiting.shift();
        if (next === undefined) running -= 1;
        else next();
      }
    },
    get size() {
      return running + waiting.length;
    },
  };
}
