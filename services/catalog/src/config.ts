/** The configuration of the catalog; the only file of it that reads the environment. */
import { currency } from '@ecommercestack/contracts';
import { durationMs, parseConfig, storageConfig, wholeNumber } from '@ecommercestack/kit';
import type { Environment } from '@ecommercestack/kit';
import { z } from 'zod';

const configSchema = z.object({
  ...storageConfig,
  /** Of every price: what is sorted and filtered by price is in one currency. */
  CURRENCY: currency.default('EUR'),
  /** Bounds how long a replica may show a product, a stock level or a search that has changed elsewhere. */
  CACHE_TTL: durationMs.prefault('5s'),
  CACHE_MAX_PRODUCTS: wholeNumber.pipe(z.int().min(1)).prefault('20000'),
  CACHE_MAX_SEARCHES: wholeNumber.pipe(z.int().min(1)).prefault('2000'),
  /** Between two pages of the comparison of the search index with the products. */
  INDEX_CHECK_INTERVAL: durationMs.prefault('10s'),
  INDEX_CHECK_PAGE: wholeNumber.pipe(z.int().min(1).max(10_000)).prefault('500'),
  /** How long a change may be on its way to the index before it counts as missing. */
  INDEX_CHECK_GRACE: durationMs.prefault('5s'),
});

export type CatalogConfig = z.output<typeof configSchema>;

export function readConfig(env: Environment): CatalogConfig {
  return parseConfig(configSchema, env);
}
