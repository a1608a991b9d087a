/** Keeps products: in this process for seconds, and shared with the other replicas for minutes. */
import { surrogateKeyOf } from '@ecommercestack/contracts';
import { skuOf, versionOf } from '../../domain/product.ts';
import type { KnownProduct, ProductState } from '../../domain/product.ts';
import type { CurrentProducts } from '../../features/get-product/ports.ts';
import type { ProductBatches } from '../../features/get-products/get-products.ts';
import type { ProductStore } from '../ports.ts';
import type { GuardedCache } from './guarded-cache.ts';
import { alone } from './loaded.ts';
import type { Lifetimes } from './loaded.ts';
import { createReadThrough } from './read-through.ts';
import { createSharedLevel } from './shared-level.ts';
import { uncounted } from './tuning.ts';
import type { Tuning } from './tuning.ts';

export interface ProductCacheOptions extends Tuning {
  /** In this process. Milliseconds. */
  readonly ttlMs: number;
  /** In what replicas share. */
  readonly products: Lifetimes;
  readonly maxProducts: number;
  /** Absent where every replica caches alone. */
  readonly cache?: GuardedCache;
}

export interface ProductCache extends CurrentProducts, ProductBatches {
  /** Resolves when no replica that can be told will load older ones. */
  learn(states: readonly KnownProduct[]): Promise<void>;
  /** What is older is not fresh any more. */
  outdate(sku: string, version: number): void;
  purge(matches: (sku: string) => boolean): number;
}

export function createProductCache(
  store: Pick<ProductStore, 'states' | 'load'>,
  options: ProductCacheOptions,
): ProductCache {
  const { cache, count, ttlMs, maxProducts, products: lifetimes } = options;
  const tuning = uncounted(options);
  const load = (skus: readonly string[]) => store.states(skus);
  const nameOf = surrogateKeyOf.product;
  const onRequest = count('product', 'l2');
  const shared =
    cache === undefined
      ? undefined
      : createSharedLevel<ProductState>({ cache, nameOf, load, versionOf, lifetimes, onRequest, ...tuning });
  const products = createReadThrough<ProductState>({
    load: shared?.load ?? alone(load, versionOf, lifetimes),
    versionOf,
    maxEntries: maxProducts,
    ttlMs,
    onRequest: count('product', 'l1'),
    ...tuning,
  });
  const learnHere = (state: KnownProduct) => products.learn(skuOf(state), state);
  return {
    getMany: (skus) => products.getMany(skus),
    async get(sku, freshness) {
      if (freshness === 'cached') return products.get(sku);
      const state = await store.load(sku);
      if (state.status !== 'absent') learnHere(state);
      return state;
    },
    async learn(states) {
      states.forEach(learnHere);
      await shared?.learn(new Map(states.map((state) => [skuOf(state), state])));
    },
    outdate: (sku, version) => products.outdate(sku, version),
    purge: (matches) => products.purge(matches),
  };
}
