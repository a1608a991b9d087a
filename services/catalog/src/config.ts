/** The configuration of the catalog; the only file of it that reads the environment. */
import { cacheNamespace, currency, STOCK_AGE_SECONDS } from '@ecommercestack/contracts';
import { durationMs, parseConfig, storageConfig, wholeNumber } from '@ecommercestack/kit';
import type { Environment } from '@ecommercestack/kit';
import { z } from 'zod';

const serverUrl = (protocol: RegExp, example: string) =>
  z.url({ protocol, error: `must be a URL such as ${example}` });
const mongodbUrl = serverUrl(/^mongodb(\+srv)?$/, 'mongodb://127.0.0.1:27017/catalog');

const given = z.object({
  ...storageConfig,
  /** Of every price: what is sorted and filtered by price is in one currency. */
  CURRENCY: currency.default('EUR'),
  /** Where products and their events are kept. Messages that failed and the audit stay in DATABASE_URL. */
  PRODUCT_STORE: z.enum(['postgres', 'mongodb']).default('postgres'),
  MONGODB_URL: mongodbUrl.optional(),
  /** What is searched. */
  SEARCH_INDEX: z.enum(['postgres', 'elasticsearch']).default('postgres'),
  ELASTICSEARCH_URL: serverUrl(/^https?$/, 'http://127.0.0.1:9200').optional(),
  /** Begins the names of all indices in ELASTICSEARCH_URL. */
  ELASTICSEARCH_PREFIX: z
    .string()
    .regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'lower case letters, digits and hyphens')
    .default('catalog'),
  /** What the replicas of the catalog cache together, beside what each caches alone. */
  SHARED_CACHE: z.enum(['none', 'redis']).default('none'),
  REDIS_URL: serverUrl(/^rediss?$/, 'redis://127.0.0.1:6379').optional(),
  /** Before the keys in REDIS_URL; the same for the gateway. */
  CACHE_NAMESPACE: cacheNamespace.prefault('ecommercestack'),
  /** Bounds how long a replica may show anything that has changed elsewhere. */
  CACHE_TTL: durationMs.prefault('5s'),
  /** Bounds it for stock levels. The gateway counts on it: it tells caches that an answer may be this old already. */
  CACHE_TTL_STOCK: durationMs
    .prefault('2s')
    .refine((ms) => ms <= STOCK_AGE_SECONDS * 1_000, `must be at most ${STOCK_AGE_SECONDS}s`),
  CACHE_TTL_SEARCH: durationMs.prefault('500ms'),
  /** How long replicas share a product whose change none of them has announced. */
  SHARED_CACHE_TTL: durationMs.prefault('5m'),
  /** How long old products and searches may stand in for a store that cannot be asked. */
  CACHE_STALE: durationMs.prefault('10m'),
  CACHE_MAX_PRODUCTS: wholeNumber.pipe(z.int().min(1)).prefault('20000'),
  CACHE_MAX_SEARCHES: wholeNumber.pipe(z.int().min(1)).prefault('2000'),
  /** Between two pages of the comparison of the search index with the products. */
  INDEX_CHECK_INTERVAL: durationMs.prefault('10s'),
  INDEX_CHECK_PAGE: wholeNumber.pipe(z.int().min(1).max(10_000)).prefault('500'),
  /** How long a change may be on its way to the index before it counts as missing. */
  INDEX_CHECK_GRACE: durationMs.prefault('5s'),
});

export type ProductStorePlace =
  { readonly kind: 'postgres' } | { readonly kind: 'mongodb'; readonly url: string };
export type SearchIndexPlace =
  | { readonly kind: 'postgres' }
  | { readonly kind: 'elasticsearch'; readonly url: string; readonly prefix: string };
export type SharedCachePlace = { readonly kind: 'none' } | { readonly kind: 'redis'; readonly url: string };

/** A server that is chosen must be named; one that is named and not chosen is left alone. */
const configSchema = given.transform((config, context) => {
  const {
    PRODUCT_STORE,
    MONGODB_URL,
    SEARCH_INDEX,
    ELASTICSEARCH_URL,
    ELASTICSEARCH_PREFIX,
    SHARED_CACHE,
    REDIS_URL,
    ...rest
  } = config;
  const needed = (key: string, url: string | undefined, choice: string): string => {
    if (url !== undefined) return url;
    context.addIssue({ code: 'custom', path: [key], message: `is needed by ${choice}` });
    return '';
  };
  const productStore: ProductStorePlace =
    PRODUCT_STORE === 'postgres'
      ? { kind: PRODUCT_STORE }
      : { kind: PRODUCT_STORE, url: needed('MONGODB_URL', MONGODB_URL, 'PRODUCT_STORE=mongodb') };
  const searchIndex: SearchIndexPlace =
    SEARCH_INDEX === 'postgres'
      ? { kind: SEARCH_INDEX }
      : {
          kind: SEARCH_INDEX,
          url: needed('ELASTICSEARCH_URL', ELASTICSEARCH_URL, 'SEARCH_INDEX=elasticsearch'),
          prefix: ELASTICSEARCH_PREFIX,
        };
  const sharedCache: SharedCachePlace =
    SHARED_CACHE === 'none'
      ? { kind: SHARED_CACHE }
      : { kind: SHARED_CACHE, url: needed('REDIS_URL', REDIS_URL, 'SHARED_CACHE=redis') };
  return { ...rest, productStore, searchIndex, sharedCache };
});

export type CatalogConfig = z.output<typeof configSchema>;

export function readConfig(env: Environment): CatalogConfig {
  return parseConfig(configSchema, env);
}

/** For commands that need nothing else. */
export function readMongodbUrl(env: Environment): string {
  return parseConfig(z.object({ MONGODB_URL: mongodbUrl }), env).MONGODB_URL;
}
