/** Everything of the order service that lives on its database. */
import { fileURLToPath } from 'node:url';
import {
  createEventStore,
  createMicroBatch,
  createRelay,
  createTimers,
  migrate,
  migrateEventStore,
  type Processor,
} from '@ecommercestack/event-store';
import type { Pool } from 'pg';
import { createPool, type Clock, type Logger, type Metrics, type Publisher } from '@ecommercestack/kit';
import type { OrderConfig } from '../config.ts';
import { orderIdOf } from '../domain/order.ts';
import type { KnownKey, OrderMessage, OrderResult, SubmitOrder } from '../ports.ts';
import { createHousekeeping } from './housekeeping.ts';
import { createOrderMetrics, type OrderMetrics } from './order-metrics.ts';
import { createOrderProcessor } from './order-processor.ts';
import { createOrdersProjection, PROJECTION } from './orders-projection.ts';
import { countOpen } from './orders-table.ts';
import { publishTo } from './outbox-publisher.ts';
import { findKeys, nameOf, type CustomerKey } from './side-tables.ts';

export interface PersistenceDependencies {
  readonly publisher: Publisher;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly clock: Clock;
  /** Handles the timer of an order; a throw is tried again. */
  readonly onTimer: (orderId: string, attempt: number) => Promise<void>;
}

export type Persistence = ReturnType<typeof createPersistence>;

export function createPersistence(config: OrderConfig, deps: PersistenceDependencies) {
  const { logger, metrics, clock } = deps;
  const connection = { ...config, connectionString: config.DATABASE_URL };
  const pool = createPool(connection, { logger, metrics, name: 'order' });
  const store = createEventStore({
    pool,
    now: () => clock.now(),
    owner: `order:${config.INSTANCE_ID}`,
    onError: (error) => logger.warn({ error }, 'background work failed and will be tried again'),
  });
  const processor = createOrderProcessor({ store, policy: policyOf(config), hooks: hooksInto(metrics) });
  const publish = publishTo(deps.publisher, 'order');
  const relay = createRelay({ store, publish, maxBatch: config.RELAY_BATCH });
  const timers = createTimers({
    store,
    onDue: ({ streamId, payload }) => deps.onTimer(orderIdOf(streamId), attemptIn(payload)),
  });
  const projection = createOrdersProjection(store);
  const housekeeping = createHousekeeping({
    store,
    clock,
    logger,
    idempotencyTtlMs: config.IDEMPOTENCY_TTL,
    inboxTtlMs: config.INBOX_TTL,
  });
  const orderMetrics = createOrderMetrics(metrics, clock);
  let stopCollecting: () => void = () => undefined;

  const collect = async () => {
    const [depth, lag, open] = await Promise.all([relay.depth(), projection.lagSeconds(), countOpen(pool)]);
    metrics.kit.outboxPending.set({}, depth.pending);
    metrics.kit.outboxOldestAge.set({}, depth.oldestAgeSeconds);
    metrics.kit.projectionLag.set({ projection: PROJECTION }, lag);
    orderMetrics.showOpen(open);
  };

  return {
    pool,
    store,
    submit: observedSubmit(processor, orderMetrics, logger),
    projection,
    catchUp: async () => {
      await housekeeping.run();
      await timers.fireDue();
      await projection.catchUp();
    },
    findKey: batchedFindKey(pool),
    start: async () => {
      await migrateAll(config.DATABASE_URL);
      await relay.start();
      timers.start();
      projection.start();
      housekeeping.start();
      stopCollecting = metrics.onCollect(collect);
    },
    stop: async () => {
      stopCollecting();
      await housekeeping.stop();
      await timers.stop();
      await processor.drain();
      await projection.stop();
      await relay.stop();
      await pool.end();
    },
  };
}

/** Counts what each message has led to, and raises the alarm for answers that do not come. */
function observedSubmit(
  processor: Processor<OrderMessage, OrderResult>,
  metrics: OrderMetrics,
  logger: Logger,
): SubmitOrder {
  return async (message) => {
    const handled = await processor.submit(message);
    if (handled.kind === 'duplicate') return handled;
    const { result } = handled;
    metrics.observe(result);
    if (result.kind === 'done' && result.resent && result.order.status !== 'NONE') {
      const { status, terms } = result.order;
      logger.warn({ orderId: terms.orderId, status }, 'an answer is overdue; the command was sent again');
    }
    return handled;
  };
}

async function migrateAll(connectionString: string): Promise<void> {
  const dir = fileURLToPath(new URL('../../migrations', import.meta.url));
  await migrateEventStore(connectionString);
  await migrate({ connectionString, dir, migrationsTable: 'order_migrations' });
}

function policyOf(config: OrderConfig) {
  return {
    paymentDeadlineMs: config.PAYMENT_DEADLINE,
    stepTimeoutMs: config.STEP_TIMEOUT,
    maxStepTimeoutMs: config.MAX_STEP_TIMEOUT,
  };
}

function hooksInto({ kit }: Metrics) {
  return {
    onBatch: ({ consumer, size, seconds }: { consumer: string; size: number; seconds: number }) => {
      kit.batchSize.observe({ consumer }, size);
      kit.appendDuration.observe({}, seconds);
    },
    onConflict: () => kit.appendConflicts.inc({}),
  };
}

/** Keys asked for at the same time share a query. */
function batchedFindKey(pool: Pool) {
  const batches = createMicroBatch<CustomerKey, KnownKey | undefined>({
    maxBatch: 128,
    run: async (keys) => {
      const found = await findKeys(pool, keys);
      return keys.map((key) => found.get(nameOf(key)));
    },
  });
  return (customerId: string, key: string) => batches.submit({ customerId, key });
}

/** Timers are set by the order processor only. */
function attemptIn(payload: unknown): number {
  return (payload as { readonly attempt: number }).attempt;
}
