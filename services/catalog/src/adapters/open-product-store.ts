/** Opens the write side that the configuration names. */
import type { Clock, Logger, Metrics, Publisher, ServiceStorage } from '@ecommercestack/kit';
import type { ProductStorePlace } from '../config.ts';
import type { Opened } from './opened.ts';
import type { ProductStore } from './ports.ts';
import { createPostgresProductStore } from './postgres/product-store.ts';

export interface ProductStoreRuntime {
  /** Of the service; started before the product store, stopped after it. */
  readonly storage: ServiceStorage;
  readonly publisher: Publisher;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly clock: Clock;
}

export interface OpenedProductStore extends Opened<ProductStore> {
  /** Age in seconds of the oldest event that is not announced yet; 0 when all are. */
  oldestUnannounced(): Promise<number>;
}

export function openProductStore(
  place: ProductStorePlace,
  { storage }: ProductStoreRuntime,
): OpenedProductStore {
  switch (place.kind) {
    case 'postgres':
      return {
        port: createPostgresProductStore(storage.store),
        readiness: [],
        lifecycle: {},
        oldestUnannounced: async () => (await storage.outboxDepth()).oldestAgeSeconds,
      };
    case 'mongodb':
      throw new Error('the product store on MongoDB is not part of this version yet');
  }
}
