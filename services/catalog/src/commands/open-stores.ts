/** Opens both sides of the catalog for a command, beside the processes that serve it. */
import path from 'node:path';
import { createLogger, createMetrics, openStorage, readIfThere, systemClock } from '@ecommercestack/kit';
import type { Environment } from '@ecommercestack/kit';
import { z } from 'zod';
import { openProductStore } from '../adapters/open-product-store.ts';
import { openSearchIndex } from '../adapters/open-search-index.ts';
import type { ProductStore, SearchIndex } from '../adapters/ports.ts';
import { tables } from '../adapters/postgres/tables.ts';
import { readConfig } from '../config.ts';

export interface OpenedStores {
  readonly store: ProductStore;
  readonly index: SearchIndex;
}

const access = z.object({ databases: z.object({ catalog: z.string() }) });

/**
 * Configured like the catalog itself; without a DATABASE_URL, for the shop whose data folder is named. Nothing is
 * started: no migration, no relay. The connections end with the process. Throws `ConfigError`.
 */
export async function openStores(environment: Environment, dataFolder: string): Promise<OpenedStores> {
  const config = readConfig(await withDatabase(environment, dataFolder));
  const runtime = {
    logger: createLogger({ service: tables.appId, level: 'warn' }),
    metrics: createMetrics({ service: tables.appId }),
    clock: systemClock,
    publisher: { publish: () => Promise.reject(new Error('a command announces nothing')) },
    relayBatch: config.RELAY_BATCH,
  };
  const storage = openStorage({ ...tables, ...runtime, config });
  const { port: store } = openProductStore(config.productStore, { ...runtime, storage });
  const { port: index } = openSearchIndex(config.searchIndex, { pool: storage.pool });
  return { store, index };
}

async function withDatabase(environment: Environment, dataFolder: string): Promise<Environment> {
  if (environment['DATABASE_URL']) return environment;
  const file = path.join(dataFolder, 'access.json');
  const text = await readIfThere(file);
  if (text === undefined) return environment;
  return { ...environment, DATABASE_URL: access.parse(JSON.parse(text)).databases.catalog };
}
