/** The order service on a database of its own, on a real bus, among model services; used by specs only. */
import { randomUUID } from 'node:crypto';
import type { Order, Product } from '@ecommercestack/contracts';
import { createTestDatabase, type TestDatabase } from '@ecommercestack/event-store/testing';
import {
  createBus,
  createLocalInvoker,
  createMetrics,
  type Actor,
  type Bus,
  type Clock,
  type Message,
  type MethodTable,
  type Metrics,
  type Outcome,
  type Publisher,
  type StreamEvent,
} from '@ecommercestack/kit';
import { callContext, eventually, fakeClock, faultyBus, memoryLogger } from '@ecommercestack/kit/testing';
import { buildOrder, readConfig, type OrderApp } from '../app.ts';
import type { SagaCommandType } from '../domain/transitions.ts';
import { isTerminal } from '../domain/order.ts';
import {
  inventoryModel,
  paymentModel,
  type InventoryModel,
  type PaymentModel,
  type Provider,
} from './models.ts';

export interface ShopOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** A faulty bus with this seed. */
  readonly seed?: number;
  /** Replies that never arrive. */
  readonly lose?: (reply: { readonly type: string; readonly orderId: string }) => boolean;
  /** Holds the catalog's answers back. */
  readonly beforePrices?: () => Promise<void>;
  /** Shares the database of another shop, which drops it. */
  readonly database?: TestDatabase;
  /** Wraps what the order service publishes through. */
  readonly publisher?: (bus: Publisher) => Publisher;
}

export interface Shop {
  readonly database: TestDatabase;
  readonly clock: Clock & { advance(ms: number): void };
  readonly bus: Bus;
  readonly metrics: Metrics;
  readonly logger: { readonly lines: readonly string[] };
  readonly inventory: InventoryModel;
  readonly payment: PaymentModel;
  /** Messages on `order.events`, and commands to the other services, as they arrived. */
  readonly seen: Message[];
  /** How often the catalog was asked. */
  readonly lookups: () => number;
  app(): OrderApp;
  call<T = Order>(method: string, input: unknown, actor?: Actor): Promise<Outcome<T>>;
  stream(method: string, input: unknown, actor?: Actor): Promise<Outcome<AsyncIterable<StreamEvent>>>;
  place(overrides?: Readonly<Record<string, unknown>>, actor?: Actor): Promise<Order>;
  ended(orderId: string): Promise<Order>;
  /** Resolves when nothing is under way: a message stays in the outbox until all that it led to is committed. */
  atRest(): Promise<void>;
  /** Stops the app and builds another one on the same database, as a new process would. */
  restart(): Promise<void>;
  close(): Promise<void>;
}

export const ada: Actor = { id: 'ada', roles: ['customer'] };
export const bob: Actor = { id: 'bob', roles: ['customer'] };
export const admin: Actor = { id: 'root', roles: ['admin'] };

export const address = {
  name: 'Ada',
  line1: '1 Analytical Row',
  postalCode: '10115',
  city: 'Berlin',
  country: 'DE',
};

export const request = (overrides: Readonly<Record<string, unknown>> = {}) => ({
  items: [{ sku: 'TEA-1', quantity: 2 }],
  payment: { token: 'tok_ok' },
  shippingAddress: address,
  ...overrides,
});

const PROVIDERS: Readonly<Record<string, Provider>> = {
  tok_decline: 'declines',
  tok_stuck: 'stuck',
  tok_capture_decline: 'fails-capture',
};

export async function openShop(options: ShopOptions = {}): Promise<Shop> {
  const database = options.database ?? (await createTestDatabase());
  const logger = memoryLogger('order');
  const metrics = createMetrics({ service: 'order' });
  const clock = fakeClock();
  const methods = new Map<string, MethodTable>();
  const plain = createBus({
    logger,
    metrics,
    clock,
    onDeadLetter: async () => undefined,
    retry: { baseMs: 1 },
  });
  const bus = options.seed === undefined ? plain : faultyBus(plain, options.seed);
  const invoker = createLocalInvoker({ apps: methods, logger, metrics, timeoutMs: 60_000 });
  const tokens = new Map<string, string>();
  const soldOut = new Set<string>();
  const inventory = inventoryModel((orderId) => !soldOut.has(orderId));
  const payment = paymentModel((orderId) => PROVIDERS[tokens.get(orderId) ?? ''] ?? 'approves');
  const seen: Message[] = [];
  const catalog = catalogStub(options.beforePrices);
  methods.set('catalog', catalog.methods);

  connectModels({
    bus,
    clock,
    inventory,
    payment,
    tokens,
    soldOut,
    seen,
    lose: options.lose ?? (() => false),
  });
  let current: OrderApp | undefined;
  let unsubscribe: (() => void)[] = [];
  let accepting = true;
  const boot = async () => {
    const config = readConfig({ DATABASE_URL: database.connectionString, PG_POOL_MIN: '0', ...options.env });
    const publisher = gate(options.publisher?.(bus) ?? bus, () => accepting);
    accepting = true;
    const app = buildOrder(config, { publisher, invoker, logger, metrics, clock, checkOutputs: true });
    // Subscribed first, since what nobody has subscribed to is gone; messages wait until the app has started.
    const started = Promise.withResolvers<void>();
    unsubscribe = app.subscriptions.map(({ handle, ...subscription }) =>
      bus.subscribe({ ...subscription, handle: (message) => started.promise.then(() => handle(message)) }),
    );
    await app.start();
    started.resolve();
    methods.set('order', app.methods);
    current = app;
  };
  const running = () => {
    if (current === undefined) throw new Error('the order service is not running');
    return current;
  };
  const halt = async () => {
    const app = running();
    current = undefined;
    // As a host does: nothing new goes out, and what is under way still finds its consumers.
    accepting = false;
    await bus.drain();
    for (const leave of unsubscribe.splice(0)) leave();
    await app.stop();
  };
  const call = async <T = Order>(method: string, input: unknown, actor: Actor = ada) =>
    (await invoker.call('order', method, input, callContext({ actor }))) as Outcome<T>;
  await boot();

  return {
    database,
    clock,
    bus,
    metrics,
    logger,
    inventory,
    payment,
    seen,
    lookups: catalog.lookups,
    app: running,
    call,
    stream: (method, input, actor = ada) => invoker.stream('order', method, input, callContext({ actor })),
    place: async (overrides = {}, actor = ada) =>
      valueOf(await call<{ order: Order }>('place-order', { request: request(overrides) }, actor)).order,
    ended: (orderId) =>
      eventually(async () => {
        const order = valueOf(await call('get-order', { orderId }, admin));
        if (!isTerminal(order.status)) throw new Error(`${orderId} is still ${order.status}`);
        return order;
      }),
    atRest: () =>
      eventually(async () => {
        const { rowCount } = await database.pool.query('SELECT FROM outbox LIMIT 1');
        if (rowCount !== 0) throw new Error('messages are under way');
      }),
    restart: async () => {
      await halt();
      await boot();
    },
    close: async () => {
      await bus.close();
      if (current !== undefined) await halt();
      if (options.database === undefined) await database.drop();
    },
  };
}

function gate(publisher: Publisher, isOpen: () => boolean): Publisher {
  const closed = { ok: false, error: new Error('the host is stopping') } as const;
  return {
    publish: async (messages) => (isOpen() ? publisher.publish(messages) : messages.map(() => closed)),
  };
}

export function valueOf<T>(outcome: Outcome<T>): T {
  if (outcome.ok) return outcome.value;
  throw new Error(`${outcome.problem.code}: ${outcome.problem.detail}`);
}

interface Models {
  readonly bus: Bus;
  readonly clock: Clock;
  readonly inventory: InventoryModel;
  readonly payment: PaymentModel;
  readonly tokens: Map<string, string>;
  readonly soldOut: Set<string>;
  readonly seen: Message[];
  readonly lose: (reply: { readonly type: string; readonly orderId: string }) => boolean;
}

/** A reservation that names the SKU SOLD-OUT is refused. */
function connectModels({ bus, clock, inventory, payment, tokens, soldOut, seen, lose }: Models): void {
  const answer = async (topic: string, key: string, reply: { type: string; data: unknown } | undefined) => {
    if (reply === undefined || lose({ type: reply.type, orderId: key })) return;
    const { type, data } = reply;
    const time = clock.now().toISOString();
    await bus.publish([
      { id: randomUUID(), topic, key, type, time, source: topic.split('.')[0] ?? topic, data },
    ]);
  };
  const subscribe = (topic: string, handle: (message: Message) => Promise<void>) =>
    bus.subscribe({
      topic,
      consumer: `model of ${topic}`,
      handle: async (message) => {
        seen.push(message);
        await handle(message);
        return { kind: 'ack' };
      },
    });
  subscribe('inventory.commands', async ({ type, key, data }) => {
    if (JSON.stringify(data).includes('SOLD-OUT')) soldOut.add(key);
    await answer('inventory.events', key, inventory.handle(type as SagaCommandType, key));
  });
  subscribe('payment.commands', async ({ type, key, data }) => {
    const { token } = data as { token?: string };
    if (token !== undefined) tokens.set(key, token);
    await answer('payment.events', key, payment.handle(type as SagaCommandType, key));
  });
  subscribe('order.events', async () => undefined);
}

function catalogStub(beforePrices: () => Promise<void> = () => Promise.resolve()) {
  let lookups = 0;
  const product = (sku: string, name: string, amount: number, currency = 'EUR'): Product => ({
    sku,
    name,
    description: '',
    category: 'tea',
    brand: 'Teahouse',
    price: { amount, currency },
    tags: [],
    attributes: {},
    version: 1,
    createdAt: '2029-01-01T00:00:00.000Z',
    updatedAt: '2029-01-01T00:00:00.000Z',
  });
  const products = new Map(
    [
      product('TEA-1', 'Sencha', 450),
      product('CUP-1', 'Cup', 1_200),
      product('SOLD-OUT', 'Gyokuro', 2_000),
      product('USD-1', 'Mug', 900, 'USD'),
      product('YACHT', 'Yacht', 900_000_000_000),
    ].map((each) => [each.sku, each]),
  );
  const getProducts = async (input: unknown) => {
    lookups += 1;
    await beforePrices();
    const { skus } = input as { skus: readonly string[] };
    const items = skus.flatMap((sku) => products.get(sku) ?? []);
    return { ok: true, value: { items, missing: skus.filter((sku) => !products.has(sku)) } } as const;
  };
  const methods: MethodTable = { unary: new Map([['get-products', getProducts]]), stream: new Map() };
  return { methods, lookups: () => lookups };
}
