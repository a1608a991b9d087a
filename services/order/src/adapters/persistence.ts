/** Everything of the order service that lives on its database. */
import { createMicroBatch, createTimers, type Processor } from '@ecommercestack/event-store';
import {
  createRepeated,
  createSequence,
  openStorage,
  whileRunning,
  type Clock,
  type Logger,
  type Metrics,
  type Publisher,
} from '@ecommercestack/kit';
import type { Pool } from 'pg';
import type { OrderConfig } from '../config.ts';
import { orderIdOf } from '../domain/order.ts';
import type { KnownKey, OrderMessage, OrderResult, SubmitOrder } from '../ports.ts';
import { purgeCarts } from './carts-table.ts';
import { createOrderMetrics, type OrderMetrics } from './order-metrics.ts';
import { createOrderProcessor } from './order-processor.ts';
import { createOrdersProjection, PROJECTION } from './orders-projection.ts';
import { countOpen } from './orders-table.ts';
import { findKeys, nameOf, purgeKeys, type CustomerKey } from './side-tables.ts';

const HOUR_MS = 3_600_000;

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
  const migrations = new URL('../../migrations', import.meta.url);
  const storage = openStorage({ appId: 'order', migrations, config, ...deps });
  const { pool, store, hooks, readiness, deadLetters } = storage;
  const processor = createOrderProcessor({ store, policy: policyOf(config), hooks });
  const timers = createTimers({
    store,
    onDue: ({ streamId, payload }) => deps.onTimer(orderIdOf(streamId), attemptIn(payload)),
  });
  const projection = createOrdersProjection(store);
  const forget = async () => {
    const now = clock.now();
    await purgeKeys(pool, new Date(now.getTime() - config.IDEMPOTENCY_TTL));
    await purgeCarts(pool, now);
  };
  const orderMetrics = createOrderMetrics(metrics, clock);
  const collect = async () => {
    const [lag, open] = await Promise.all([projection.lagSeconds(), countOpen(pool)]);
    metrics.kit.projectionLag.set({ projection: PROJECTION }, lag);
    orderMetrics.showOpen(open);
  };

  return {
    pool,
    store,
    readiness,
    deadLetters,
    submit: observedSubmit(processor, orderMetrics, logger),
    projection,
    catchUp: async () => {
      await forget();
      await timers.fireDue();
      await projection.catchUp();
    },
    findKey: batchedFindKey(pool),
    running: createSequence([
      storage,
      projection,
      { stop: () => processor.drain() },
      timers,
      createRepeated({
        work: forget,
        pauseMs: HOUR_MS,
        onError: (error) => logger.warn({ error }, 'expired keys and carts could not be forgotten'),
      }),
      whileRunning(() => metrics.onCollect(collect)),
    ]),
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

function policyOf(config: OrderConfig) {
  return {
    paymentDeadlineMs: config.PAYMENT_DEADLINE,
    stepTimeoutMs: config.STEP_TIMEOUT,
    maxStepTimeoutMs: config.MAX_STEP_TIMEOUT,
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
