/** B4: the whole saga in one process, two SKUs per order, a provider that answers at once, everything durable. */
import { buildInventory, readConfig as readInventoryConfig } from '@ecommercestack/inventory';
import {
  createBus,
  createLocalInvoker,
  createLogger,
  createMetrics,
  createMetricsRegistry,
  createSettings,
  hostInProcess,
  systemClock,
  type CallContext,
  type Host,
  type MethodTable,
} from '@ecommercestack/kit';
import { buildOrder, readConfig as readOrderConfig } from '@ecommercestack/order';
import { buildPayment, readConfig as readPaymentConfig } from '@ecommercestack/payment';
import { settingsOf, stack } from '@ecommercestack/contracts';
import { closedLoop, type Sample } from './measure.ts';
import { instantProvider } from './instant-provider.ts';

const SKUS = 1_000;
const price = { amount: 1_000, currency: 'EUR' };
const shippingAddress = { name: 'Bench', line1: 'Street 1', postalCode: '1', city: 'City', country: 'NL' };

export interface SagaOptions {
  readonly database: (name: string) => Promise<string>;
  readonly concurrency: number;
  readonly seconds: number;
  readonly runs: number;
  readonly warmUpSeconds: number;
}

export async function benchSaga(options: SagaOptions): Promise<readonly Sample[]> {
  const { host, place, restock } = await startSaga(options.database);
  try {
    await restock();
    await closedLoop({ concurrency: options.concurrency, seconds: options.warmUpSeconds, operation: place });
    const samples: Sample[] = [];
    for (let run = 0; run < options.runs; run++)
      samples.push(await closedLoop({ ...options, operation: place }));
    return samples;
  } finally {
    await host.stop();
  }
}

interface Saga {
  readonly host: Host;
  readonly place: (index: number) => Promise<void>;
  readonly restock: () => Promise<void>;
}

async function startSaga(database: SagaOptions['database']): Promise<Saga> {
  const logger = createLogger({ service: 'bench', level: 'error' });
  const registry = createMetricsRegistry();
  const metrics = (service: string) => createMetrics({ service, registry });
  const methods = new Map<string, MethodTable>([['catalog', priceList]]);
  const invoker = createLocalInvoker({ apps: methods, logger, metrics: metrics('bench'), timeoutMs: 60_000 });
  const bus = createBus({
    logger,
    metrics: metrics('bench'),
    clock: systemClock,
    onDeadLetter: async (subscription, message, reason) => {
      throw new Error(`${subscription.consumer} could not handle ${message.type}: ${reason}`);
    },
  });
  const resource = stack.parse({
    apiVersion: 'ecommercestack.io/v1alpha1',
    kind: 'EcommerceStack',
    metadata: { name: 'bench' },
    spec: { version: '1' },
  });
  const settings = createSettings(settingsOf(resource, 1));
  const common = { publisher: bus, invoker, logger, clock: systemClock, settings };
  const environment = async (service: string) => ({ DATABASE_URL: await database(`saga_${service}`) });
  const provider = { PROVIDER_URL: 'http://127.0.0.1:9', WEBHOOK_SECRET: 'unused' };
  const apps = [
    buildOrder(readOrderConfig(await environment('order')), { ...common, metrics: metrics('order') }),
    buildInventory(readInventoryConfig(await environment('inventory')), {
      ...common,
      metrics: metrics('inventory'),
    }),
    buildPayment(readPaymentConfig({ ...(await environment('payment')), ...provider }), {
      ...common,
      metrics: metrics('payment'),
      provider: instantProvider(),
    }),
  ];
  const host = await hostInProcess({ apps, bus, methods, logger });
  const call = async (app: string, method: string, input: unknown, id: string): Promise<unknown> => {
    const context: CallContext = {
      requestId: id,
      actor: { id, roles: ['admin'] },
      signal: AbortSignal.timeout(60_000),
    };
    const outcome = await invoker.call(app, method, input, context);
    if (!outcome.ok) throw new Error(`${method}: ${outcome.problem.code}`);
    return outcome.value;
  };
  return {
    host,
    restock: async () => {
      const sku = (index: number) =>
        call('inventory', 'restock', { sku: `SKU-${index}`, quantity: 1_000_000 }, 'bench');
      await Promise.all(Array.from({ length: SKUS }, (_, index) => sku(index)));
    },
    place: async (index) => {
      const items = [index % SKUS, (index * 7 + 1) % SKUS].map((n) => ({ sku: `SKU-${n}`, quantity: 1 }));
      const request = { items, payment: { token: 'tok_ok' }, shippingAddress };
      const placed = await call(
        'order',
        'place-order',
        { request, waitMs: 30_000 },
        `customer-${index % 500}`,
      );
      const { status } = (placed as { order: { status: string } }).order;
      if (status !== 'CONFIRMED') throw new Error(`not confirmed: ${status}`);
    },
  };
}

const listed = {
  description: '',
  category: 'bench',
  brand: 'Bench',
  price,
  tags: [],
  attributes: {},
  version: 1,
  createdAt: '2026-01-01T00:00:00Z',
  updatedAt: '2026-01-01T00:00:00Z',
};

/** The catalog is not part of the saga: a price for every SKU, at once. */
const priceList: MethodTable = {
  unary: new Map([
    [
      'get-products',
      async (input: unknown) => {
        const { skus } = input as { skus: readonly string[] };
        const items = skus.map((sku) => ({ ...listed, sku, name: sku }));
        return { ok: true as const, value: { items, missing: [] } };
      },
    ],
  ]),
  stream: new Map(),
};
