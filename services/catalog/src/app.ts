/** Builds the catalog from its configuration and the ports of its runtime. */
import { setTimeout as pause } from 'node:timers/promises';
import { catalogMethods, deadLetterContracts, operatorRoles } from '@ecommercestack/contracts';
import {
  createSequence,
  defineMethods,
  openStorage,
  whileRunning,
  withDeadLetters,
} from '@ecommercestack/kit';
import type {
  Clock,
  Logger,
  MethodTable,
  Metrics,
  Outcome,
  Publisher,
  ReadinessCheck,
  ServiceApp,
} from '@ecommercestack/kit';
import type { CachedReads } from './adapters/cache/cached-reads.ts';
import { openProductStore } from './adapters/open-product-store.ts';
import { openSearchIndex } from './adapters/open-search-index.ts';
import { openReads } from './adapters/open-reads.ts';
import type { ProductStore } from './adapters/ports.ts';
import { tables } from './adapters/postgres/tables.ts';
import type { CatalogConfig } from './config.ts';
import { withStock } from './domain/announcement.ts';
import { versionOf } from './domain/product.ts';
import type { KnownProduct } from './domain/product.ts';
import { createIndexCheck } from './features/check-index/check-index.ts';
import { keepIndexChecked } from './features/check-index/keep-checked.ts';
import { createEditProduct } from './features/edit-product/edit-product.ts';
import { createExportProducts } from './features/export-products/export-products.ts';
import { createFollowStock } from './features/follow-stock/follow-stock.ts';
import { createGetProductEvents } from './features/get-product-events/get-product-events.ts';
import { createGetProduct } from './features/get-product/get-product.ts';
import { createGetProducts } from './features/get-products/get-products.ts';
import { createImportProducts } from './features/import-products/import-products.ts';
import { createProjectProducts, rebuildIndex } from './features/project-products/project-products.ts';
import { createPurgeCache } from './features/purge-cache/purge-cache.ts';
import type { Audit } from './features/purge-cache/purge-cache.ts';
import { createSearchProducts } from './features/search-products/search-products.ts';
import { refuseOutages } from './refuse-outages.ts';
import { createSuggestProducts } from './features/search-products/suggest-products.ts';
import { createIndexFigures } from './index-figures.ts';
import { declareCatalogMetrics } from './metrics.ts';
import type { CatalogMetrics } from './metrics.ts';

export { readConfig } from './config.ts';
export type { CatalogConfig } from './config.ts';

export interface CatalogDependencies {
  readonly publisher: Publisher;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly clock: Clock;
  /** Parse every answer against its contract: for tests. */
  readonly checkOutputs?: boolean;
}

export interface CatalogApp extends ServiceApp {
  /** Fills the search index anew from the events' side; searches go on meanwhile. */
  rebuildIndex(): Promise<void>;
}

export function buildCatalog(config: CatalogConfig, dependencies: CatalogDependencies): CatalogApp {
  const { logger, metrics, clock } = dependencies;
  const storage = openStorage({ ...tables, ...dependencies, config });
  const { pool, readiness, deadLetters } = storage;
  const productStore = openProductStore(config.productStore, {
    ...dependencies,
    storage,
    relayBatch: config.RELAY_BATCH,
  });
  const searchIndex = openSearchIndex(config.searchIndex, { pool });
  const store = productStore.port;
  const index = searchIndex.port;
  const catalogMetrics = declareCatalogMetrics(metrics);
  const caches = openReads(store, index, config, { ...dependencies, catalogMetrics });
  const reads = caches.port;
  const figures = createIndexFigures(catalogMetrics, clock);
  const projection = createProjectProducts(index, {
    projected: (states) => reads.projected(states),
    searchable: figures.searchable,
  });
  const stock = createFollowStock(index, (levels) => reads.followed(levels));
  const check = createIndexCheck(store, index, {
    pageSize: config.INDEX_CHECK_PAGE,
    graceMs: config.INDEX_CHECK_GRACE,
    wait: (ms, signal) => pause(ms, undefined, { signal, ref: false }),
  });
  const checking = keepIndexChecked(check, {
    intervalMs: config.INDEX_CHECK_INTERVAL,
    mended: (states) => reads.projected(states),
    logger,
  });
  const app: CatalogApp = {
    appId: tables.appId,
    methods: refuseOutages(
      methodsOf({
        store,
        reads,
        audit: deadLetters,
        catalogMetrics,
        currency: config.CURRENCY,
        checkOutputs: dependencies.checkOutputs ?? false,
      }),
    ),
    subscriptions: [projection.subscription, stock.subscription],
    readiness: [
      ...without('edits are refused; what is cached can be read', 'wait', readiness),
      ...without('edits are refused; what is cached can be read', 'wait', productStore.readiness),
      ...without('what is cached can be searched; pages lack stock', 'wait', searchIndex.readiness),
      ...without('replicas cache alone', 'go-on', caches.readiness),
    ],
    deadLetters,
    ...createSequence([
      storage,
      ...[productStore, searchIndex, caches].map(({ lifecycle }) => lifecycle),
      { stop: () => Promise.all([projection.drain(), stock.drain()]) },
      checking,
      whileRunning(() => metrics.onCollect(() => figures.collect({ productStore, projection, check }))),
    ]),
    rebuildIndex: async () => {
      await rebuildIndex(store, index);
      await reads.rebuilt();
    },
  };
  return withDeadLetters(app, storage, deadLetterContracts, dependencies);
}

/** Reads go on from the caches whatever is away. */
function without(
  consequence: string,
  messages: 'wait' | 'go-on',
  checks: readonly ReadinessCheck[],
): readonly ReadinessCheck[] {
  return checks.map((check) => ({ ...check, optional: { without: consequence, messages } }));
}

interface MethodParts {
  readonly store: ProductStore;
  readonly reads: CachedReads;
  readonly audit: Audit;
  readonly catalogMetrics: CatalogMetrics;
  readonly currency: string;
  readonly checkOutputs: boolean;
}

function methodsOf({
  store,
  reads,
  audit,
  catalogMetrics,
  currency,
  checkOutputs,
}: MethodParts): MethodTable {
  const { products, stock, searcher } = reads;
  const editor = createEditProduct(store, reads, currency);
  const getProduct = createGetProduct({ products, stock, history: store });
  const getProducts = createGetProducts(products, stock);
  const getProductEvents = createGetProductEvents(store);

  const counted = async (edit: 'create' | 'update' | 'delete', done: Promise<Outcome<KnownProduct>>) => {
    const outcome = await done;
    catalogMetrics.edits.inc({ edit, result: outcome.ok ? 'done' : 'refused' });
    return outcome;
  };
  const importProducts = createImportProducts(async (product, context) => {
    const outcome = await editor.put(product, context);
    if (!outcome.ok || outcome.value !== 'unchanged') {
      const edit = outcome.ok && outcome.value === 'updated' ? 'update' : 'create';
      catalogMetrics.edits.inc({ edit, result: outcome.ok ? 'done' : 'refused' });
    }
    return outcome;
  });
  const withLevel = async (edited: Outcome<KnownProduct>) => {
    if (!edited.ok) return edited;
    if (edited.value.status !== 'listed') throw new Error('an edit other than a deletion withdrew a product');
    const { product } = edited.value;
    return { ok: true, value: withStock(product, await stock.get(product.sku)) } as const;
  };

  return defineMethods(
    catalogMethods,
    {
      'search-products': createSearchProducts(searcher),
      'suggest-products': createSuggestProducts(searcher),
      'get-product': getProduct,
      'get-products': ({ skus }) => getProducts(skus),
      'get-product-events': ({ sku }, context) => getProductEvents(sku, context),
      'create-product': async (input, context) =>
        withLevel(await counted('create', editor.create(input, context))),
      'update-product': async ({ sku, patch, expectedVersion }, context) =>
        withLevel(await counted('update', editor.update(sku, patch, expectedVersion, context))),
      'import-products': ({ items }, context) => importProducts(items, context),
      'export-products': createExportProducts(store),
      'delete-product': async ({ sku, expectedVersion }, context) => {
        const outcome = await counted('delete', editor.remove(sku, expectedVersion, context));
        return outcome.ok ? { ok: true, value: { sku, version: versionOf(outcome.value) } } : outcome;
      },
      'purge-cache': createPurgeCache(reads, audit, operatorRoles),
    },
    { checkOutputs },
  );
}
