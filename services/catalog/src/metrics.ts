import type { Metrics } from '@ecommercestack/kit';

const CACHE_RESULTS = ['hit', 'negative_hit', 'shared', 'miss', 'stale'] as const;
const CACHE_LEVELS = ['l1', 'l2'] as const;
export type CacheLevel = (typeof CACHE_LEVELS)[number];
const CACHES = ['product', 'stock', 'search'] as const;
export type CacheName = (typeof CACHES)[number];
export type CacheResult = (typeof CACHE_RESULTS)[number];

export function declareCatalogMetrics(metrics: Metrics) {
  const cacheRequests = metrics.counter({
    name: 'cache_requests_total',
    help: 'Reads of a cache; `shared` ones waited for a load under way, `stale` ones got an old value in an outage.',
    labels: {
      cache: CACHES,
      level: CACHE_LEVELS,
      result: CACHE_RESULTS,
    },
  });
  return {
    countCache: (cache: CacheName, level: CacheLevel) => (result: CacheResult) =>
      cacheRequests.inc({ cache, level, result }),
    indexLag: metrics.gauge({
      name: 'catalog_index_lag_seconds',
      help: 'Age of the oldest product change that the search index does not hold yet; 0 when it holds all.',
    }),
    indexDrift: metrics.gauge({
      name: 'catalog_index_drift_documents',
      help: 'Products whose change never reached the index, or that it should not hold, as last compared; the former are mended.',
    }),
    searchableAfter: metrics.histogram({
      name: 'catalog_searchable_seconds',
      help: 'From the change of a product to the moment when a search finds it.',
      buckets: [0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300],
    }),
    edits: metrics.counter({
      name: 'catalog_edits_total',
      help: 'Requests to create, update or delete a product.',
      labels: { edit: ['create', 'update', 'delete'], result: ['done', 'refused'] },
    }),
  };
}

/** Only where replicas share a cache: one that is not there is not down. */
export function declareSharedCacheUp(metrics: Metrics) {
  return metrics.gauge({
    name: 'catalog_shared_cache_up',
    help: 'Whether the cache that replicas share can be reached; 0 costs speed, not answers.',
  });
}

export type CatalogMetrics = ReturnType<typeof declareCatalogMetrics>;
