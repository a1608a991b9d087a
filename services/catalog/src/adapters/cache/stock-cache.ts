/**
 * Keeps stock levels, in this process alone: one is so short-lived that sharing it would cost more than it saves. None
 * is shown for longer, whatever is away: a page without stock tells less than one with stock of long ago, and nothing
 * wrong.
 */
import { LateError, within } from '@ecommercestack/kit';
import type { StockLevel } from '../../domain/announcement.ts';
import { Unavailable } from '../../domain/unavailable.ts';
import type { CurrentStock } from '../../features/get-product/ports.ts';
import type { StockBatches } from '../../features/get-products/get-products.ts';
import type { SearchIndex } from '../ports.ts';
import { alone } from './loaded.ts';
import { createReadThrough } from './read-through.ts';
import { uncounted } from './tuning.ts';
import type { Tuning } from './tuning.ts';

export interface StockCacheOptions extends Tuning {
  readonly stockMs: number;
  readonly maxProducts: number;
}

export interface StockCache extends CurrentStock, StockBatches {
  learn(level: StockLevel): void;
  purge(matches: (sku: string) => boolean): number;
}

/** Stock that no message has told of yet is a value like any other: it is asked for once per lifetime. */
interface KnownStock {
  readonly level?: StockLevel;
}

/** How long a page waits for its stock. */
const PATIENCE_MS = 1_000;

export function createStockCache(
  index: Pick<SearchIndex, 'stockLevels'>,
  options: StockCacheOptions,
): StockCache {
  const { stockMs, maxProducts, count, onOutage = () => undefined } = options;
  const versionOf = ({ level }: KnownStock) => level?.version ?? 0;
  const load = async (skus: readonly string[]): Promise<Map<string, KnownStock>> => {
    const levels = await within(PATIENCE_MS, index.stockLevels(skus));
    return new Map(
      skus.map((sku) => {
        const level = levels.get(sku);
        return [sku, level === undefined ? {} : { level }];
      }),
    );
  };
  const stock = createReadThrough<KnownStock>({
    load: alone(load, versionOf, { freshMs: stockMs, negativeMs: stockMs, staleMs: 0 }),
    versionOf,
    maxEntries: maxProducts,
    ttlMs: stockMs,
    onRequest: count('stock', 'l1'),
    ...uncounted(options),
  });
  const getMany = async (skus: readonly string[]): Promise<ReadonlyMap<string, StockLevel | undefined>> => {
    try {
      const known = await stock.getMany(skus);
      return new Map([...known].map(([sku, { level }]) => [sku, level]));
    } catch (error) {
      if (!(error instanceof Unavailable || error instanceof LateError)) throw error;
      onOutage(error);
      return new Map();
    }
  };
  return {
    getMany,
    get: async (sku) => (await getMany([sku])).get(sku),
    learn: (level) => stock.learn(level.sku, { level }),
    purge: (matches) => stock.purge(matches),
  };
}
