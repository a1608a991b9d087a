/** Everything that is kept of products, stock and searches: in this process, and shared with the other replicas. */
import { patternMatcher } from '@ecommercestack/contracts';
import type { CacheChange } from '@ecommercestack/contracts';
import type { StockLevel } from '../../domain/announcement.ts';
import { skuOf, versionOf } from '../../domain/product.ts';
import type { KnownProduct, ProductState } from '../../domain/product.ts';
import type { CurrentProducts, CurrentStock } from '../../features/get-product/ports.ts';
import type { ProductBatches, StockBatches } from '../../features/get-products/get-products.ts';
import type { CacheLevel, CacheName, CacheResult } from '../../metrics.ts';
import type { ProductStore, SearchIndex } from '../ports.ts';
import { createCachedSearcher } from './cached-searcher.ts';
import type { CachedSearcher } from './cached-searcher.ts';
import type { GuardedCache } from './guarded-cache.ts';
import { alone } from './loaded.ts';
import type { Lifetimes } from './loaded.ts';
import { createReadThrough } from './read-through.ts';
import { createSharedLevel } from './shared-level.ts';

export interface CachedReadsOptions {
  /** In this process. Milliseconds. */
  readonly ttlMs: number;
  /** Of products, in what replicas share. */
  readonly products: Lifetimes;
  readonly stockMs: number;
  readonly searches: Lifetimes;
  readonly maxProducts: number;
  readonly maxSearches: number;
  readonly cache?: GuardedCache;
  readonly count: (cache: CacheName, level: CacheLevel) => (result: CacheResult) => void;
  readonly onOutage?: (error: unknown) => void;
  readonly now?: () => number;
  readonly random?: () => number;
}

export interface CachedReads {
  readonly products: CurrentProducts & ProductBatches;
  readonly stock: CurrentStock & StockBatches;
  readonly searcher: CachedSearcher;
  /** A product was changed. Resolves when no replica that can be told will load an older one. */
  edited(state: KnownProduct): Promise<void>;
  /** The index holds these states. */
  projected(states: readonly KnownProduct[]): Promise<void>;
  /** The index holds these stock levels. */
  followed(levels: readonly StockLevel[]): void;
  /** The index is another one. */
  rebuilt(): Promise<void>;
  /** What a replica has told. */
  heard(change: CacheChange): void;
  /** Forgets by pattern, here and in what is shared, and has the others do so. Counts the entries of each. */
  purge(pattern: string): Promise<{ readonly local: number; readonly shared: number }>;
}

/** Stock that no message has told of yet is a value like any other: it is asked for once per TTL. */
interface KnownStock {
  readonly level?: StockLevel;
}

export function createCachedReads(
  store: ProductStore,
  index: SearchIndex,
  options: CachedReadsOptions,
): CachedReads {
  const { cache, count, ttlMs, maxProducts, maxSearches, searches, now, random, onOutage } = options;
  const tuning = {
    ...(now !== undefined && { now }),
    ...(random !== undefined && { random }),
    ...(onOutage !== undefined && { onOutage }),
  };
  const states = (skus: readonly string[]) => store.states(skus);
  const sharedProducts =
    cache === undefined
      ? undefined
      : createSharedLevel<ProductState>({
          cache,
          nameOf: productKey,
          load: states,
          versionOf,
          lifetimes: options.products,
          onRequest: count('product', 'l2'),
          ...tuning,
        });
  const products = createReadThrough<ProductState>({
    load: sharedProducts?.load ?? alone(states, versionOf, options.products),
    versionOf,
    maxEntries: maxProducts,
    ttlMs,
    onRequest: count('product', 'l1'),
    ...tuning,
  });
  const stock = createStockCache(index, options, tuning);
  const searcher = createCachedSearcher(index, {
    maxEntries: maxSearches,
    lifetimes: searches,
    count: (level) => count('search', level),
    ...(cache !== undefined && { cache }),
    ...tuning,
  });

  const learn = (state: KnownProduct) => products.learn(skuOf(state), state);
  const share = async (changed: readonly KnownProduct[]) => {
    await sharedProducts?.learn(new Map(changed.map((state) => [skuOf(state), state])));
  };
  const tell = async (changed: readonly KnownProduct[], generation?: number) => {
    await cache?.publish({
      ...(changed.length > 0 && { products: changed.map((state) => [skuOf(state), versionOf(state)]) }),
      ...(generation !== undefined && { generation }),
    });
  };

  return {
    products: {
      getMany: (skus) => products.getMany(skus),
      async get(sku, freshness) {
        if (freshness === 'cached') return products.get(sku);
        const state = await store.load(sku);
        if (state.status !== 'absent') learn(state);
        return state;
      },
    },
    stock: {
      get: async (sku) => (await stock.get(sku)).level,
      async getMany(skus) {
        const known = await stock.getMany(skus);
        return new Map([...known].map(([sku, { level }]) => [sku, level]));
      },
    },
    searcher,
    async edited(state) {
      learn(state);
      await share([state]);
      await tell([state]);
    },
    async projected(changed) {
      changed.forEach(learn);
      const [generation] = await Promise.all([searcher.startGeneration(), share(changed)]);
      await tell(changed, generation);
    },
    followed(levels) {
      for (const level of levels) stock.learn(level.sku, { level });
    },
    async rebuilt() {
      await tell([], await searcher.startGeneration());
    },
    heard({ products: changed = [], generation, purge }) {
      for (const [sku, version] of changed) products.outdate(sku, version);
      if (generation !== undefined) searcher.adopt(generation);
      if (purge !== undefined) forget(purge);
    },
    async purge(pattern) {
      const shared = (await cache?.purge(pattern)) ?? 0;
      const local = forget(pattern);
      await cache?.publish({ purge: pattern });
      return { local, shared };
    },
  };

  function forget(pattern: string): number {
    const matches = patternMatcher(pattern);
    return (
      products.purge((sku) => matches(productKey(sku))) +
      stock.purge((sku) => matches(`stock:${sku}`)) +
      searcher.purge(() => matches('search:'))
    );
  }
}

function productKey(sku: string): string {
  return `product:${sku}`;
}

/**
 * In this process alone: a level is so short-lived that sharing it would cost more than it saves. It is never shown
 * for longer, whatever is away: a page without stock tells less than one with stock of long ago, and nothing wrong.
 */
function createStockCache(
  index: SearchIndex,
  { stockMs, maxProducts, count }: CachedReadsOptions,
  tuning: object,
) {
  const load = async (skus: readonly string[]): Promise<Map<string, KnownStock>> => {
    const levels = await index.stockLevels(skus);
    return new Map(
      skus.map((sku) => {
        const level = levels.get(sku);
        return [sku, level === undefined ? {} : { level }];
      }),
    );
  };
  const stockVersion = ({ level }: KnownStock) => level?.version ?? 0;
  return createReadThrough<KnownStock>({
    load: alone(load, stockVersion, { freshMs: stockMs, negativeMs: stockMs, staleMs: 0 }),
    versionOf: stockVersion,
    maxEntries: maxProducts,
    ttlMs: stockMs,
    onRequest: count('stock', 'l1'),
    ...tuning,
  });
}
