/** The whole service on a database of its own, as specs drive it. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { paymentCommands, paymentEvents, settings as settingsSchema } from '@ecommercestack/contracts';
import type {
  CircuitBreakerSettings,
  Money,
  PaymentCommand,
  PaymentEvent,
  Settings,
} from '@ecommercestack/contracts';
import { createEventStore } from '@ecommercestack/event-store';
import { createTestDatabase } from '@ecommercestack/event-store/testing';
import type { TestDatabase } from '@ecommercestack/event-store/testing';
import {
  createLogger,
  createMetrics,
  createMetricsRegistry,
  createSettings,
  renderMetrics,
} from '@ecommercestack/kit';
import type { Actor, CallContext, Message, Outcome, ServiceApp } from '@ecommercestack/kit';
import { callMethod, eventually } from '@ecommercestack/kit/testing';
import { Pool } from 'pg';
import { foldHistory, streamOf } from '../adapters/history.ts';
import { buildPayment, readConfig } from '../app.ts';
import type { PaymentProvider } from '../domain/provider.ts';

export const webhookSecret = 'whsec_spec';
export const price: Money = { amount: 1999, currency: 'EUR' };

export interface Harness {
  readonly app: ServiceApp;
  readonly database: TestDatabase;
  /** Everything published, in order. */
  readonly replies: readonly PaymentEvent[];
  /** Delivers a command, as often as asked with one message id. */
  send(command: PaymentCommand, times?: number): Promise<void>;
  authorise(token: string, orderId?: string): Promise<string>;
  capture(orderId: string): Promise<void>;
  undo(orderId: string): Promise<void>;
  repliesOf(orderId: string): readonly string[];
  /** Resolves when the order's replies are these. */
  expectReplies(orderId: string, types: readonly PaymentEvent['type'][]): Promise<void>;
  statusOf(orderId: string): Promise<string | undefined>;
  expectStatus(orderId: string, status: string): Promise<void>;
  call(method: string, input: unknown, context?: Partial<CallContext>): Promise<Outcome<unknown>>;
  changeBreaker(settings: Partial<CircuitBreakerSettings>): void;
  metric(name: string): Promise<string[]>;
  stop(): Promise<void>;
}

export interface HarnessOptions {
  readonly providerUrl?: string;
  readonly provider?: PaymentProvider;
  readonly breaker?: Partial<CircuitBreakerSettings>;
  readonly env?: Readonly<Record<string, string>>;
  /** A database that somebody else drops, instead of one of its own. */
  readonly connectionString?: string;
}

export async function startHarness(options: HarnessOptions = {}): Promise<Harness> {
  const { connectionString } = options;
  return await startOn(
    connectionString === undefined ? await createTestDatabase() : borrow(connectionString),
    options,
  );
}

/** An authorisation of the order that reaches the provider long after the payment was given up. */
export async function authoriseLate(providerUrl: string, orderId: string): Promise<void> {
  const answer = await fetch(`${providerUrl}/v1/payment_intents`, {
    method: 'POST',
    headers: { 'idempotency-key': `${orderId}:authorise` },
    body: new URLSearchParams({
      amount: String(price.amount),
      currency: price.currency.toLowerCase(),
      payment_method: 'tok_ok',
      capture_method: 'manual',
      confirm: 'true',
      'metadata[order_id]': orderId,
    }),
  });
  assert.equal(answer.status, 200);
}

function borrow(connectionString: string): TestDatabase {
  const pool = new Pool({ connectionString, max: 2 });
  return { connectionString, pool, drop: () => pool.end() };
}

const staff: Actor = { id: 'staff-1', roles: ['support'] };

async function startOn(database: TestDatabase, options: HarnessOptions): Promise<Harness> {
  const replies: PaymentEvent[] = [];
  const settings = createSettings(settingsWith(options.breaker ?? {}));
  const registry = createMetricsRegistry();
  const config = readConfig({
    DATABASE_URL: database.connectionString,
    PROVIDER_URL: options.providerUrl ?? 'http://127.0.0.1:9',
    WEBHOOK_SECRET: webhookSecret,
    CALL_TIMEOUT: '400ms',
    RETRY_BASE: '40ms',
    RETRY_MAX: '200ms',
    ARRIVAL_LIMIT: '300ms',
    PG_POOL_MAX: '5',
    PG_POOL_MIN: '0',
    ...options.env,
  });
  const app = buildPayment(config, {
    publisher: {
      publish: async (messages: readonly Message[]) => {
        replies.push(...messages.map(toReply));
        return messages.map(() => ({ ok: true }) as const);
      },
    },
    settings,
    logger: createLogger({ service: 'payment', level: 'silent' }),
    metrics: createMetrics({ service: 'payment', registry }),
    ...(options.provider === undefined ? {} : { provider: options.provider }),
  });
  await app.start();

  async function send(command: PaymentCommand, times = 1): Promise<void> {
    const [subscription] = app.subscriptions;
    if (subscription === undefined) throw new Error('the service subscribes to nothing');
    const message: Message = {
      id: randomUUID(),
      topic: subscription.topic,
      key: command.data.orderId,
      time: new Date().toISOString(),
      source: 'order',
      ...command,
    };
    for (let i = 0; i < times; i += 1) {
      const delivery = await subscription.handle(message);
      if (delivery.kind !== 'ack') throw new Error(`not acknowledged: ${delivery.reason}`);
    }
  }
  const store = createEventStore({ pool: database.pool });
  const statusOf = async (orderId: string): Promise<string | undefined> => {
    const { payment } = foldHistory(await store.load(streamOf(orderId)));
    return payment.status === 'none' ? undefined : payment.status;
  };
  const repliesOf = (orderId: string): readonly string[] =>
    replies.filter((reply) => reply.data.orderId === orderId).map((reply) => reply.type);

  return {
    app,
    database,
    replies,
    send,
    async authorise(token, orderId = randomUUID()) {
      const data = { orderId, customerId: 'ada', amount: price, token };
      await send({ type: paymentCommands.authorisePayment.type, data });
      return orderId;
    },
    capture: (orderId) => send({ type: paymentCommands.capturePayment.type, data: { orderId } }),
    undo: (orderId) => send({ type: paymentCommands.undoPayment.type, data: { orderId } }),
    repliesOf,
    expectReplies: (orderId, types) => until(() => repliesOf(orderId), types),
    statusOf,
    expectStatus: (orderId, status) => until(() => statusOf(orderId), status),
    call: (method, input, context = {}) =>
      callMethod(app.methods, method, input, { actor: staff, ...context }),
    changeBreaker: (changed) => settings.replace(settingsWith(changed)),
    async metric(name) {
      const { body } = await renderMetrics(registry);
      return body.split('\n').filter((line) => line.startsWith(name));
    },
    async stop() {
      await app.stop();
      await database.drop();
    },
  };
}

function toReply({ type, data }: Message): PaymentEvent {
  for (const contract of Object.values(paymentEvents)) {
    if (contract.type === type) return { type, data: contract.schema.parse(data) } as PaymentEvent;
  }
  throw new Error(`not an event of payments: ${type}`);
}

function settingsWith(circuitBreaker: Partial<CircuitBreakerSettings>): Settings {
  return settingsSchema.parse({
    revision: 1,
    services: Object.fromEntries(
      ['gateway', 'order', 'inventory', 'payment', 'catalog', 'notification'].map((name) => [
        name,
        { version: '1' },
      ]),
    ),
    rateLimit: {},
    payment: { provider: { circuitBreaker } },
  });
}

/** Waits until what is read equals what is expected. */
export async function until<T>(read: () => T | Promise<T>, expected: T): Promise<void> {
  await eventually(async () => assert.deepEqual(await read(), expected));
}
