import type { Metrics } from '@ecommercestack/kit';

const CACHE_RESULTS = ['hit', 'negative_hit', 'shared', 'miss'] as const;
export type CacheResult = (typeof CACHE_RESULTS)[number];

export function declareCatalogMetrics(metrics: Metrics) {
  const cacheRequests = metrics.counter({
    name: 'cache_requests_total',
    help: 'Reads of a cache; `shared` ones waited for a load that was already under way.',
    labels: {
      cache: ['product', 'stock', 'search'],
      level: ['l1'],
      result: CACHE_RESULTS,
    },
  });
  return {
    countCache: (cache: 'product' | 'stock' | 'search') => (result: CacheResult) =>
      cacheRequests.inc({ cache, level: 'l1', result }),
    indexLag: metrics.gauge({
      name: 'catalog_index_lag_seconds',
      help: 'Age of the oldest product change that the search index does not hold yet; 0 when it holds all.',
    }),
    indexDrift: metrics.gauge({
      name: 'catalog_index_drift_documents',
      help: 'Products whose change never reached the index, as the last comparison found (and mended) them.',
    }),
    edits: metrics.counter({
      name: 'catalog_edits_total',
      help: 'Requests to create, update or delete a product.',
      labels: { edit: ['create', 'update', 'delete'], result: ['done', 'refused'] },
    }),
  };
}

export type CatalogMetrics = ReturnType<typeof declareCatalogMetrics>;
