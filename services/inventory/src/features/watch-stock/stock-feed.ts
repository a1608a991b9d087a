/** One reader of the log serves all watchers of this process, and runs only while there are any. */
import type { StockLevel } from '@ecommercestack/contracts';
import type { Logger } from '@ecommercestack/kit';
import type { LatestLevels } from './latest-levels.ts';
import { createLatestLevels } from './latest-levels.ts';

export interface StockFeedOptions {
  /** Levels of all SKUs that any process commits after the promise has resolved. */
  readonly follow: (signal: AbortSignal) => Promise<AsyncIterable<StockLevel>>;
  readonly logger: Logger;
}

export interface StockFeed {
  /** Nothing that is committed after this resolved is missed; of several levels of a SKU the latest arrives. */
  watch(skus: readonly string[] | undefined, signal: AbortSignal): Promise<AsyncIterable<StockLevel>>;
  /** Ends all watching. */
  close(): Promise<void>;
}

interface Watcher {
  readonly wants: (sku: string) => boolean;
  readonly levels: LatestLevels;
}

interface Reader {
  readonly watchers: Set<Watcher>;
  readonly stop: () => void;
  readonly begun: Promise<void>;
  readonly ended: Promise<void>;
}

export function createStockFeed({ follow, logger }: StockFeedOptions): StockFeed {
  let current: Reader | undefined;
  const readers = new Set<Promise<void>>();

  const startReader = (): Reader => {
    const watchers = new Set<Watcher>();
    const stopping = new AbortController();
    const opened = follow(stopping.signal);
    const run = async (): Promise<void> => {
      try {
        for await (const level of await opened) {
          for (const { wants, levels } of watchers) if (wants(level.sku)) levels.offer(level);
        }
        for (const { levels } of watchers) levels.close();
      } catch (error) {
        logger.warn({ error }, 'stock levels can no longer be followed');
        const failure = new Error('stock levels can no longer be followed', { cause: error });
        for (const { levels } of watchers) levels.close(failure);
      }
      if (current === reader) current = undefined;
    };
    const stop = () => stopping.abort();
    const reader: Reader = { watchers, stop, begun: opened.then(() => undefined), ended: run() };
    readers.add(reader.ended);
    void reader.ended.then(() => readers.delete(reader.ended));
    return reader;
  };

  const leave = (reader: Reader, watcher: Watcher): void => {
    watcher.levels.close();
    reader.watchers.delete(watcher);
    if (reader.watchers.size > 0) return;
    reader.stop();
    if (current === reader) current = undefined;
  };

  return {
    async watch(skus, signal) {
      const wanted = skus === undefined ? undefined : new Set(skus);
      const watcher = { wants: (sku: string) => wanted?.has(sku) ?? true, levels: createLatestLevels() };
      const reader = (current ??= startReader());
      reader.watchers.add(watcher);
      signal.addEventListener('abort', () => leave(reader, watcher), { once: true });
      if (signal.aborted) leave(reader, watcher);
      try {
        await reader.begun;
      } catch (error) {
        leave(reader, watcher);
        throw error;
      }
      return watcher.levels;
    },
    async close() {
      current?.stop();
      current = undefined;
      await Promise.all(readers);
    },
  };
}
