/** Everything that this process keeps in memory of products, stock and searches. */
import type { StockLevel } from '../../domain/announcement.ts';
import { absent, skuOf, versionOf } from '../../domain/product.ts';
import type { KnownProduct, ProductState } from '../../domain/product.ts';
import type { CurrentProducts, CurrentStock } from '../../features/get-product/ports.ts';
import type { ProductBatches, StockBatches } from '../../features/get-products/get-products.ts';
import type { ProductStore, SearchIndex } from '../ports.ts';
import { createCachedSearcher } from './cached-searcher.ts';
import type { CachedSearcher } from './cached-searcher.ts';
import { createReadThrough } from './read-through.ts';
import type { CacheResult } from '../../metrics.ts';

export interface CachedReadsOptions {
  readonly ttlMs: number;
  readonly maxProducts: number;
  readonly maxSearches: number;
  readonly count: (cache: 'product' | 'stock' | 'search') => (result: CacheResult) => void;
}

export interface CachedReads {
  readonly products: CurrentProducts & ProductBatches;
  readonly stock: CurrentStock & StockBatches;
  readonly searcher: CachedSearcher;
  /** A product was changed. */
  edited(state: KnownProduct): void;
  /** The index holds these states. */
  projected(states: readonly KnownProduct[]): void;
  /** The index holds these stock levels. */
  followed(levels: readonly StockLevel[]): void;
}

/** Stock that no message has told of yet is a value like any other: it is asked for once per TTL. */
interface KnownStock {
  readonly level?: StockLevel;
}

export function createCachedReads(
  store: ProductStore,
  index: SearchIndex,
  { ttlMs, maxProducts, maxSearches, count }: CachedReadsOptions,
): CachedReads {
  const products = createReadThrough<ProductState>({
    load: (skus) => store.states(skus),
    nothing: absent,
    versionOf,
    maxEntries: maxProducts,
    ttlMs,
    onRequest: count('product'),
  });
  const stock = createReadThrough<KnownStock>({
    load: async (skus) => {
      const levels = await index.stockLevels(skus);
      return new Map([...levels].map(([sku, level]) => [sku, { level }]));
    },
    nothing: {},
    versionOf: ({ level }) => level?.version ?? 0,
    maxEntries: maxProducts,
    ttlMs,
    onRequest: count('stock'),
  });
  const searcher = createCachedSearcher(index, {
    maxEntries: maxSearches,
    ttlMs,
    onRequest: count('search'),
  });
  const learn = (state: KnownProduct) => products.learn(skuOf(state), state);

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
    edited: learn,
    projected(states) {
      states.forEach(learn);
      searcher.startGeneration();
    },
    followed(levels) {
      for (const level of levels) stock.learn(level.sku, { level });
    },
  };
}
