/** The services behind the gateway, on the test PostgreSQL and a bus that misbehaves. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { settingsOf, stack } from '@ecommercestack/contracts';
import { createTestDatabase, type TestDatabase } from '@ecommercestack/event-store/testing';
import type { FactSources } from '@ecommercestack/invariants';
import {
  createBus,
  createMetrics,
  createMetricsRegistry,
  createSettings,
  type Bus,
} from '@ecommercestack/kit';
import { faultyBus, memoryLogger } from '@ecommercestack/kit/testing';
import { startBackends, type Backends } from '../backends.ts';
import { startProvider } from '../provider.ts';
import { backends } from '../services.ts';
import { undoStack } from '../undo-stack.ts';

const FAULTS = { duplicate: 0.25, replay: 0.15, delay: 0.3, delayMs: 20, failure: 0.1 };
/** Patience in proportion to a test: what waits for minutes in production waits for a second here. */
const HURRY = {
  STEP_TIMEOUT: '1s',
  CALL_TIMEOUT: '500ms',
  RETRY_BASE: '100ms',
  ARRIVAL_LIMIT: '1s',
};

const settings = settingsOf(
  stack.parse({
    apiVersion: 'ecommercestack.io/v1alpha1',
    kind: 'EcommerceStack',
    metadata: { name: 'test' },
    spec: {
      version: '0.1.0',
      // Lost answers are part of the test, and must not open the breaker for the others.
      services: [{ name: 'payment', provider: { circuitBreaker: { failureThreshold: 1_000 } } }],
    },
  }),
  1,
);

/** How often each consumer was given each message. */
export type Deliveries = Map<string, Map<string, number>>;

function counting(bus: Bus, deliveries: Deliveries): Bus {
  const subscribe: Bus['subscribe'] = (subscription) => {
    const { consumer, topic, handle } = subscription;
    const counts = new Map<string, number>();
    deliveries.set(`${consumer} of ${topic}`, counts);
    return bus.subscribe({
      ...subscription,
      handle: (message) => {
        counts.set(message.id, (counts.get(message.id) ?? 0) + 1);
        return handle(message);
      },
    });
  };
  return { ...bus, subscribe };
}

export interface FaultyShop extends Backends {
  readonly sources: FactSources;
  readonly deliveries: Deliveries;
}

/** Runs the services on databases of their own, with the simulator as a process; the same faults for the same seed. */
export async function withFaultyShop(seed: number, run: (shop: FaultyShop) => Promise<void>): Promise<void> {
  const logger = memoryLogger('local');
  const undo = undoStack(logger);
  try {
    const opened = await Promise.all(
      backends.map(async (name): Promise<[string, TestDatabase]> => [name, await createTestDatabase()]),
    );
    for (const [name, database] of opened) undo.push(name, () => database.drop());
    const databases = Object.fromEntries(opened.map(([name, database]) => [name, database.connectionString]));
    const dataDir = await mkdtemp(join(tmpdir(), 'provider-'));
    undo.push('provider data', () => rm(dataDir, { recursive: true }));
    const webhookSecret = 'not used';
    const provider = await startProvider({ dataDir, port: 0, webhookSecret, logger });
    undo.push('provider', () => provider.stop());
    const registry = createMetricsRegistry();
    const deliveries: Deliveries = new Map();
    const running = await startBackends({
      databases,
      provider: { url: provider.url, webhookSecret },
      settings: createSettings(settings),
      logger,
      registry,
      metrics: createMetrics({ service: 'local', registry }),
      push: undo.push,
      makeBus: (options) =>
        counting(
          faultyBus(createBus({ ...options, retry: { baseMs: 2, maxMs: 50 } }), seed, FAULTS),
          deliveries,
        ),
      environment: HURRY,
    });
    await run({
      ...running,
      sources: { databases, providerUrl: provider.url },
      deliveries,
    });
  } finally {
    await undo.run();
  }
}
