/** Opens the caches before the stores: those of this process, and the one that replicas share where there is one. */
import type { Logger, Metrics } from '@ecommercestack/kit';
import type { CatalogConfig } from '../config.ts';
import type { CatalogMetrics } from '../metrics.ts';
import { createCachedReads } from './cache/cached-reads.ts';
import type { CachedReads } from './cache/cached-reads.ts';
import { openSharedCache } from './open-shared-cache.ts';
import type { Opened } from './opened.ts';
import type { ProductStore, SearchIndex } from './ports.ts';

export interface ReadsRuntime {
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly catalogMetrics: CatalogMetrics;
}

const SECOND_MS = 1_000;

export function openReads(
  store: ProductStore,
  index: SearchIndex,
  config: CatalogConfig,
  { logger, metrics, catalogMetrics }: ReadsRuntime,
): Opened<CachedReads> {
  const { port, readiness, lifecycle } = openSharedCache(config.sharedCache, {
    logger,
    metrics,
    namespace: config.CACHE_NAMESPACE,
  });
  const { CACHE_TTL: ttlMs, CACHE_STALE: staleMs } = config;
  const searchMs = Math.min(ttlMs, config.CACHE_TTL_SEARCH);
  const reads = createCachedReads(store, index, {
    ttlMs,
    products: {
      freshMs: port === undefined ? ttlMs : Math.max(ttlMs, config.SHARED_CACHE_TTL),
      negativeMs: ttlMs,
      staleMs,
    },
    stockMs: Math.min(ttlMs, config.CACHE_TTL_STOCK),
    searches: { freshMs: searchMs, negativeMs: searchMs, staleMs },
    maxProducts: config.CACHE_MAX_PRODUCTS,
    maxSearches: config.CACHE_MAX_SEARCHES,
    count: catalogMetrics.countCache,
    onOutage: logNowAndThen(logger),
    ...(port !== undefined && { cache: port.cache }),
  });
  port?.follow({
    heard: (change) => reads.heard(change),
    adopt: (generation) => reads.searcher.adopt(generation),
  });
  return { port: reads, readiness, lifecycle };
}

/** An outage is felt by every read: one line in ten seconds says so. */
function logNowAndThen(logger: Logger): (error: unknown) => void {
  let silentUntil = 0;
  return (error) => {
    const now = performance.now();
    if (now < silentUntil) return;
    silentUntil = now + 10 * SECOND_MS;
    logger.warn({ error }, 'a store does not answer: reads are served from the cache');
  };
}
