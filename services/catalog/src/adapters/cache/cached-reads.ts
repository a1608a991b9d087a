/** Everything that is kept of products, stock and searches: in this process, and shared with the other replicas. */
import { patternMatcher, surrogateKeyOf } from '@ecommercestack/contracts';
import type { CacheChange } from '@ecommercestack/contracts';
import type { StockLevel } from '../../domain/announcement.ts';
import { skuOf, versionOf } from '../../domain/product.ts';
import type { KnownProduct } from '../../domain/product.ts';
import type { CurrentProducts, CurrentStock } from '../../features/get-product/ports.ts';
import type { ProductBatches, StockBatches } from '../../features/get-products/get-products.ts';
import type { ProductStore, SearchIndex } from '../ports.ts';
import { createCachedSearcher } from './cached-searcher.ts';
import type { CachedSearcher } from './cached-searcher.ts';
import type { Lifetimes } from './loaded.ts';
import { createProductCache } from './product-cache.ts';
import type { ProductCacheOptions } from './product-cache.ts';
import { createStockCache } from './stock-cache.ts';
import type { StockCacheOptions } from './stock-cache.ts';
import { uncounted } from './tuning.ts';

export interface CachedReadsOptions extends ProductCacheOptions, StockCacheOptions {
  readonly searches: Lifetimes;
  readonly maxSearches: number;
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

export function createCachedReads(
  store: ProductStore,
  index: SearchIndex,
  options: CachedReadsOptions,
): CachedReads {
  const { cache, count, maxSearches, searches } = options;
  const products = createProductCache(store, options);
  const stock = createStockCache(index, options);
  const searcher = createCachedSearcher(index, {
    maxEntries: maxSearches,
    lifetimes: searches,
    count: (level) => count('search', level),
    ...(cache !== undefined && { cache }),
    ...uncounted(options),
  });

  const tell = async (changed: readonly KnownProduct[], generation?: number) => {
    await cache?.publish({
      ...(changed.length > 0 && { products: changed.map((state) => [skuOf(state), versionOf(state)]) }),
      ...(generation !== undefined && { generation }),
    });
  };
  const forget = (pattern: string): number => {
    const matches = patternMatcher(pattern);
    return (
      products.purge((sku) => matches(surrogateKeyOf.product(sku))) +
      stock.purge((sku) => matches(`stock:${sku}`)) +
      searcher.purge(() => matches(surrogateKeyOf.searches))
    );
  };

  return {
    products,
    stock,
    searcher,
    async edited(state) {
      await products.learn([state]);
      await tell([state]);
    },
    async projected(changed) {
      const [generation] = await Promise.all([searcher.startGeneration(), products.learn(changed)]);
      await tell(changed, generation);
    },
    followed: (levels) => levels.forEach((level) => stock.learn(level)),
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
}
