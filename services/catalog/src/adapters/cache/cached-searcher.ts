/** Keeps pages and summaries of searches for a few seconds, and none of them past a change of a product. */
import { createSingleFlight } from '@ecommercestack/kit';
import { LRUCache } from 'lru-cache';
import { fingerprint } from '../../domain/search.ts';
import type { ProductSearcher } from '../../features/search-products/search-products.ts';
import type { CacheResult } from '../../metrics.ts';

export interface CachedSearcherOptions {
  readonly maxEntries: number;
  /** Bounds the age of stock levels, and of products changed through another replica. Spread by ±20 %. */
  readonly ttlMs: number;
  readonly now?: () => number;
  readonly random?: () => number;
  readonly onRequest?: (result: CacheResult) => void;
}

export interface CachedSearcher extends ProductSearcher {
  /** What is cached or being read now will not be found again: the key of an entry holds the generation. */
  startGeneration(): void;
}

export function createCachedSearcher(
  searcher: ProductSearcher,
  options: CachedSearcherOptions,
): CachedSearcher {
  const { maxEntries, ttlMs, random = Math.random, onRequest = () => undefined } = options;
  const now = options.now ?? (() => performance.now());
  let generation = 0;

  const cache = <V extends object>() => {
    const entries = new LRUCache<string, V>({ max: maxEntries, ttl: ttlMs, ttlResolution: 0, perf: { now } });
    const flight = createSingleFlight<V>();
    return async (query: string, load: () => Promise<V>): Promise<V> => {
      const key = `${generation} ${query}`;
      const entry = entries.get(key);
      if (entry !== undefined) {
        onRequest('hit');
        return entry;
      }
      const start = now();
      let result: CacheResult = 'shared';
      const loaded = flight(key, async () => {
        result = 'miss';
        const value = await load();
        entries.set(key, value, { ttl: ttlMs * (0.8 + 0.4 * random()), start });
        return value;
      });
      onRequest(result);
      return loaded;
    };
  };
  const pages = cache<Awaited<ReturnType<ProductSearcher['page']>>>();
  const summaries = cache<Awaited<ReturnType<ProductSearcher['summary']>>>();

  return {
    page: (request) => {
      const { filters, sort, after, limit } = request;
      const place = JSON.stringify([after?.key ?? null, after?.sku ?? null, limit]);
      return pages(`${fingerprint(filters, sort)} ${place}`, () => searcher.page(request));
    },
    /** The same for all pages and sort orders of a search. */
    summary: (filters) => summaries(fingerprint(filters, 'any'), () => searcher.summary(filters)),
    startGeneration() {
      generation += 1;
    },
  };
}
