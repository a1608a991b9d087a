/** Builds the inventory service from its configuration and the runtime's ports. */
import { deadLetterContracts, inventoryMethods } from '@ecommercestack/contracts';
import {
  createRepeated,
  createSequence,
  defineMethods,
  openStorage,
  whileRunning,
  withDeadLetters,
} from '@ecommercestack/kit';
import type { Clock, Logger, Metrics, Publisher, ServiceApp } from '@ecommercestack/kit';
import { followLevels } from './adapters/follow-levels.ts';
import { findOverdue } from './adapters/overdue-reservations.ts';
import { readStocks } from './adapters/read-world.ts';
import { countStocks } from './adapters/stock-counts.ts';
import { createStockProcessor } from './adapters/stock-processor.ts';
import { tables } from './adapters/tables.ts';
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

export { readConfig } from './config.ts';
export type { InventoryConfig } from './config.ts';

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
  const storage = openStorage({ ...tables, ...dependencies, config });
  const { pool, store, hooks, readiness, deadLetters } = storage;
  const processor = createStockProcessor({ store, hooks });
  const business = declareInventoryMetrics(metrics);
  const submit: SubmitCommand = async (message) => {
    const handled = await processor.submit(message);
    if (handled.kind === 'handled') countAnswer(business, handled.result);
    return handled;
  };
  const read: ReadStocks = (skus) => readStocks(pool, skus);
  const feed = createStockFeed({ follow: (signal) => followLevels(store, signal), logger });
  const sweep = createRepeated({
    work: sweepReservations({ findOverdue: (now, limit) => findOverdue(pool, now, limit), submit, clock }),
    pauseMs: config.EXPIRY_SWEEP_INTERVAL,
    onError: (error) => logger.error({ error }, 'reservations could not be swept'),
  });
  const collect = async (): Promise<void> => {
    const counts = await countStocks(pool, config.LOW_STOCK_THRESHOLD, clock.now());
    business.stockLow.set({ level: 'out' }, counts.out);
    business.stockLow.set({ level: 'low' }, counts.low);
    business.overdue.set({}, counts.overdueSeconds);
  };

  const app: ServiceApp = {
    appId: tables.appId,
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
    readiness,
    deadLetters,
    ...createSequence([
      storage,
      { stop: () => processor.drain() },
      { stop: () => feed.close() },
      sweep,
      whileRunning(() => metrics.onCollect(collect)),
    ]),
  };
  return withDeadLetters(app, storage, deadLetterContracts, dependencies);
}
