/** Levels that a watcher has not taken yet: the latest of each SKU, so that a slow watcher costs no memory. */
import type { StockLevel } from '@ecommercestack/contracts';

export interface LatestLevels extends AsyncIterable<StockLevel> {
  offer(level: StockLevel): void;
  /** Ends the iteration once what is left has been taken; with an error, at once. */
  close(error?: Error): void;
}

export function createLatestLevels(): LatestLevels {
  const waiting = new Map<string, StockLevel>();
  let wake = Promise.withResolvers<void>();
  let closed: { readonly error: Error | undefined } | undefined;

  async function* take(): AsyncGenerator<StockLevel, void, undefined> {
    for (;;) {
      if (closed?.error !== undefined) throw closed.error;
      const [next] = waiting.values();
      if (next !== undefined) {
        waiting.delete(next.sku);
        yield next;
      } else if (closed !== undefined) {
        return;
      } else {
        await wake.promise;
        wake = Promise.withResolvers();
      }
    }
  }

  return {
    offer(level) {
      waiting.set(level.sku, level);
      wake.resolve();
    },
    close(error) {
      closed ??= { error };
      wake.resolve();
    },
    [Symbol.asyncIterator]: take,
  };
}
