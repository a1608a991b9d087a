/** Builds the inventory service from its configuration and the runtime's ports. */
import { inventoryMethods } from '@ecommercestack/contracts';
import { createEventStore, createRelay, deadLetters, purgeInbox } from '@ecommercestack/event-store';
import { checkPool, createPool, defineMethods } from '@ecommercestack/kit';
import type { Clock, Logger, Message, Metrics, Publisher, ServiceApp } from '@ecommercestack/kit';
import { followLevels } from './adapters/follow-levels.ts';
import { publishWith } from './adapters/outbox-publisher.ts';
import { findOverdue } from './adapters/overdue-reservations.ts';
import { readStocks } from './adapters/read-world.ts';
import { countStocks } from './adapters/stock-counts.ts';
import { createStockProcessor } from './adapters/stock-processor.ts';
import { migrateInventory } from './adapters/tables.ts';
import type { InventoryConfig } from './config.ts';
import { orderCommandsSubscription } from './features/answer-order/order-commands.ts';
import { sweepReservations } from './features/expire-reservations/sweep.ts';
import { getStock, getStocks } from './features/get-stock/get-stock.ts';
import { catalogEventsSubscription } from './features/introduce-sku/catalog-events.ts';
import { restock } from './features/restock-sku/restock.ts';
import { createStockFeed } from './features/watch-stock/stock-feed.ts';
import { watchStock } from './features/watch-stock/watch-stock.ts';
import { countAnswer, declareInventoryMetrics } from './metrics.ts';
import type { ReadStocks, SubmitCommand } from './ports.ts';
import { createRepeated } from './repeat.ts';

export { configSchema, readConfig } from './config.ts';
export type { InventoryConfig } from './config.ts';

const APP_ID = 'inventory';
const INBOX_PURGE_MS = 3_600_000;

export interface InventoryDependencies {
  readonly publisher: Publisher;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly clock: Clock;
  /** Parse every answer against its contract, for tests. */
  readonly checkOutputs?: boolean;
}

export function buildInventory(config: InventoryConfig, dependencies: InventoryDependencies): ServiceApp {
  const { logger, metrics, clock } = dependencies;
  const storage = openStorage(config, dependencies);
  const { pool, store, relay, processor } = storage;
  const business = declareInventoryMetrics(metrics);
  const submit: SubmitCommand = async (message) => {
    const handled = await processor.submit(message);
    if (handled.kind === 'handled') countAnswer(business, handled.result);
    return handled;
  };
  const read: ReadStocks = (skus) => readStocks(pool, skus);
  const feed = createStockFeed({ follow: (signal) => followLevels(store, signal), logger });
  const background = backgroundWork(config, dependencies, storage, submit);
  const collect = async (): Promise<void> => {
    const depth = await relay.depth();
    metrics.kit.outboxPending.set({}, depth.pending);
    metrics.kit.outboxOldestAge.set({}, depth.oldestAgeSeconds);
    const counts = await countStocks(pool, config.LOW_STOCK_THRESHOLD, clock.now());
    business.stockLow.set({ level: 'out' }, counts.out);
    business.stockLow.set({ level: 'low' }, counts.low);
    business.overdue.set({}, counts.overdueSeconds);
  };
  let stopCollecting = (): void => undefined;
  const stop = async (): Promise<void> => {
    stopCollecting();
    await Promise.all(background.map((each) => each.stop()));
    await feed.close();
    await processor.drain();
    await relay.stop();
    await pool.end();
  };

  return {
    appId: APP_ID,
    methods: defineMethods(
      inventoryMethods,
      {
        'get-stock': getStock(read),
        'get-stocks': getStocks(read),
        restock: restock({ submit, readStocks: read, clock }),
        'watch-stock': watchStock(feed),
      },
      { checkOutputs: dependencies.checkOutputs ?? false },
    ),
    subscriptions: [
      orderCommandsSubscription({ submit, clock, holdMs: config.RESERVATION_TTL }),
      catalogEventsSubscription(submit),
    ],
    readiness: [{ name: 'inventory-database', check: () => checkPool(pool) }],
    deadLetters: deadLetters<Message>(store),
    async start() {
      try {
        await migrateInventory(config.DATABASE_URL);
        await relay.start();
        for (const each of background) each.start();
        stopCollecting = metrics.onCollect(collect);
      } catch (error) {
        await stop();
        throw error;
      }
    },
    stop,
  };
}

function openStorage(config: InventoryConfig, { publisher, logger, metrics, clock }: InventoryDependencies) {
  const { kit } = metrics;
  const pool = createPool(
    { ...config, connectionString: config.DATABASE_URL },
    { logger, metrics, name: APP_ID },
  );
  const store = createEventStore({
    pool,
    owner: `${APP_ID}:${config.INSTANCE_ID}`,
    now: () => clock.now(),
    onError: (error) => logger.warn({ error }, 'background work failed and will be tried again'),
  });
  const processor = createStockProcessor({
    store,
    hooks: {
      onBatch: ({ consumer, size, seconds }) => {
        kit.batchSize.observe({ consumer }, size);
        kit.appendDuration.observe({}, seconds);
      },
      onConflict: () => kit.appendConflicts.inc({}),
    },
  });
  const relay = createRelay({ store, publish: publishWith(publisher, APP_ID), maxBatch: config.RELAY_BATCH });
  return { pool, store, relay, processor };
}

function backgroundWork(
  config: InventoryConfig,
  { logger, clock }: InventoryDependencies,
  { pool, store }: ReturnType<typeof openStorage>,
  submit: SubmitCommand,
) {
  return [
    createRepeated({
      work: sweepReservations({ findOverdue: (now, limit) => findOverdue(pool, now, limit), submit, clock }),
      pauseMs: config.EXPIRY_SWEEP_INTERVAL,
      onError: (error) => logger.error({ error }, 'reservations could not be swept'),
    }),
    createRepeated({
      work: async () => {
        await purgeInbox(store, new Date(Date.now() - config.INBOX_RETENTION));
      },
      pauseMs: INBOX_PURGE_MS,
      onError: (error) => logger.warn({ error }, 'the inbox could not be purged'),
    }),
  ];
}
