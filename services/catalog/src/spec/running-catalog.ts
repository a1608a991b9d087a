/** The catalog on a database of its own and an in-process bus, for specs. */
import { createMetrics, createBus, systemClock } from '@ecommercestack/kit';
import type { Bus, Metrics, Outcome } from '@ecommercestack/kit';
import { callMethod, memoryLogger } from '@ecommercestack/kit/testing';
import { createTestDatabase } from '@ecommercestack/event-store/testing';
import { buildCatalog, readConfig } from '../app.ts';
import type { CatalogApp } from '../app.ts';

export interface RunningCatalog {
  readonly app: CatalogApp;
  readonly bus: Bus;
  readonly metrics: Metrics;
  call<T>(method: string, input: unknown, roles?: readonly string[]): Promise<Outcome<T>>;
  stop(): Promise<void>;
}

export interface CatalogDatabase {
  readonly connectionString: string;
  drop(): Promise<void>;
}

export async function runCatalog(
  database: CatalogDatabase,
  env: Readonly<Record<string, string>> = {},
): Promise<RunningCatalog> {
  const logger = memoryLogger('catalog');
  const metrics = createMetrics({ service: 'catalog' });
  const onDeadLetter = async () => undefined;
  const bus = createBus({ logger, metrics, clock: systemClock, onDeadLetter });
  const app = buildCatalog(
    readConfig({ DATABASE_URL: database.connectionString, PG_POOL_MIN: '0', ...env }),
    { publisher: bus, logger, metrics, clock: systemClock, checkOutputs: true },
  );
  for (const subscription of app.subscriptions) bus.subscribe(subscription);
  await app.start();
  return {
    app,
    bus,
    metrics,
    call: (method, input, roles = []) =>
      callMethod(app.methods, method, input, { actor: { id: 'ada', roles } }),
    async stop() {
      await bus.close();
      await app.stop();
    },
  };
}

/** A catalog with a database that is dropped with it. */
export async function runCatalogAlone(env?: Readonly<Record<string, string>>): Promise<RunningCatalog> {
  const database = await createTestDatabase();
  const running = await runCatalog(database, env);
  return {
    ...running,
    async stop() {
      await running.stop();
      await database.drop();
    },
  };
}

export function valueOf<T>(outcome: Outcome<T>): T {
  if (!outcome.ok) throw new Error(`${outcome.problem.code}: ${outcome.problem.detail}`);
  return outcome.value;
}

export function codeOf(outcome: Outcome<unknown>): string {
  return outcome.ok ? 'ok' : outcome.problem.code;
}
