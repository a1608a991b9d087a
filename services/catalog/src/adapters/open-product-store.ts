/** Opens the write side that the configuration names. */
import { createSequence, whileRunning } from '@ecommercestack/kit';
import type { Clock, Logger, Metrics, Publisher, ServiceStorage } from '@ecommercestack/kit';
import type { ProductStorePlace } from '../config.ts';
import { createIndexes, isOutage, openDatabase } from './mongodb/database.ts';
import { createMongodbProductStore } from './mongodb/product-store.ts';
import { createMongodbRelay } from './mongodb/relay.ts';
import { readUnannounced } from './mongodb/unannounced.ts';
import type { Opened } from './opened.ts';
import { namingOutages } from './outage.ts';
import type { ProductStore } from './ports.ts';
import { isPostgresOutage } from './postgres/outage.ts';
import { createPostgresProductStore } from './postgres/product-store.ts';

export interface ProductStoreRuntime {
  /** Of the service; started before the product store, stopped after it. */
  readonly storage: ServiceStorage;
  readonly publisher: Publisher;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly clock: Clock;
  /** Messages per publish call. */
  readonly relayBatch: number;
}

export interface OpenedProductStore extends Opened<ProductStore> {
  /** Age in seconds of the oldest event that is not announced yet; 0 when all are. */
  oldestUnannounced(): Promise<number>;
}

export function openProductStore(place: ProductStorePlace, runtime: ProductStoreRuntime): OpenedProductStore {
  switch (place.kind) {
    case 'postgres':
      return openPostgres(runtime);
    case 'mongodb':
      return openMongodb(place.url, runtime);
  }
}

function openPostgres({ storage }: ProductStoreRuntime): OpenedProductStore {
  return {
    port: namingOutages(createPostgresProductStore(storage.store), 'product-store', isPostgresOutage),
    readiness: [],
    lifecycle: {},
    oldestUnannounced: async () => (await storage.outboxDepth()).oldestAgeSeconds,
  };
}

function openMongodb(url: string, runtime: ProductStoreRuntime): OpenedProductStore {
  const { publisher, logger, metrics, clock, relayBatch } = runtime;
  const database = openDatabase(url);
  const relay = createMongodbRelay(database, {
    publish: (messages) => publisher.publish(messages),
    maxBatch: relayBatch,
    reportError: (error) => logger.warn({ error }, 'an announcement failed and will be tried again'),
  });
  const store = createMongodbProductStore(database, { clock, logger, committed: () => relay.wake() });
  const unannounced = metrics.gauge({
    name: 'catalog_unannounced_events',
    help: 'Product events that wait to be announced, where MongoDB keeps them.',
  });
  const collect = async (): Promise<void> => {
    unannounced.set({}, (await readUnannounced(database, clock.now())).count);
  };
  return {
    port: namingOutages(store, 'product-store', isOutage),
    readiness: [{ name: 'catalog-mongodb', check: () => reasonFor(database.ping()) }],
    lifecycle: createSequence([
      { start: () => makeIndexes(url), stop: () => database.close() },
      relay,
      whileRunning(() => metrics.onCollect(collect)),
    ]),
    oldestUnannounced: async () => (await readUnannounced(database, clock.now())).oldestAgeSeconds,
  };
}

async function makeIndexes(url: string): Promise<void> {
  const database = openDatabase(url, { patient: true });
  try {
    await createIndexes(database);
  } finally {
    await database.close();
  }
}

async function reasonFor(ping: Promise<void>): Promise<string | undefined> {
  try {
    await ping;
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
