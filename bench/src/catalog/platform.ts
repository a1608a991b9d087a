/** A catalog in this process, on stores that are given. */
import { buildCatalog, readConfig, type CatalogApp } from '@ecommercestack/catalog';
import { createLogger, createMetrics, systemClock, type Metrics, type Publisher } from '@ecommercestack/kit';

export interface BenchCatalog {
  readonly app: CatalogApp;
  readonly metrics: Metrics;
}

const nobody: Publisher = { publish: async (messages) => messages.map(() => ({ ok: true })) };

export async function startCatalog(env: Readonly<Record<string, string>>): Promise<BenchCatalog> {
  const logger = createLogger({ service: 'bench', level: 'error' });
  const metrics = createMetrics({ service: 'catalog' });
  const config = readConfig({ INDEX_CHECK_INTERVAL: '1h', ...env });
  const app = buildCatalog(config, { publisher: nobody, logger, metrics, clock: systemClock });
  await app.start();
  return { app, metrics };
}
