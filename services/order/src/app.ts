/** The order service: builds everything from its configuration and the ports of its runtime. */
import { v7 as uuid } from 'uuid';
import { deadLetterContracts, orderMethods } from '@ecommercestack/contracts';
import {
  defineMethods,
  withDeadLetters,
  type Clock,
  type Invoker,
  type Logger,
  type MethodTable,
  type Metrics,
  type Publisher,
  type ServiceApp,
  type StateStore,
} from '@ecommercestack/kit';
import { createCartsTable } from './adapters/carts-table.ts';
import { findProductsIn } from './adapters/find-products.ts';
import { createOrderReader } from './adapters/order-reader.ts';
import { findOrdersIn } from './adapters/orders-table.ts';
import { createPersistence, type Persistence } from './adapters/persistence.ts';
import type { OrderConfig } from './config.ts';
import type { StoredCart } from './domain/cart.ts';
import { handleTimer, subscribeToReplies } from './features/advance-order/advance-order.ts';
import { cancelOrder } from './features/cancel-order/cancel-order.ts';
import { getOrderEvents } from './features/get-order-events/get-order-events.ts';
import { getOrder, getOrders } from './features/get-order/get-order.ts';
import { deleteCart, getCart, putCart } from './features/keep-cart/keep-cart.ts';
import { newVersion } from './features/keep-cart/new-version.ts';
import { listOrders } from './features/list-orders/list-orders.ts';
import { placeOrder } from './features/place-order/place-order.ts';
import { refundOrder } from './features/refund-order/refund-order.ts';
import { watchOrder } from './features/watch-order/watch-order.ts';

export { readConfig, type OrderConfig } from './config.ts';
export { parseCart } from './adapters/stored-cart.ts';

export interface OrderDependencies {
  readonly publisher: Publisher;
  readonly invoker: Invoker;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly clock: Clock;
  /** Where carts are kept; by default in a table of the order database. */
  readonly carts?: StateStore<StoredCart>;
  /** Parse every answer against its contract, for tests. */
  readonly checkOutputs?: boolean;
}

/** Beside the app, what operating it needs. */
export interface OrderApp extends ServiceApp {
  /** Builds the list of orders again from the events; readers see the old one until it is done. */
  rebuildProjection(): Promise<void>;
  /** Fires due timers and applies all events to the list, now. For tests and jobs. */
  catchUp(): Promise<void>;
}

export function buildOrder(config: OrderConfig, deps: OrderDependencies): OrderApp {
  const { clock } = deps;
  const onTimer = (orderId: string, attempt: number) => tick(orderId, attempt);
  const persistence = createPersistence(config, { ...deps, onTimer });
  const { submit, readiness, deadLetters, running } = persistence;
  const tick = handleTimer({ submit, clock });
  const app: OrderApp = {
    appId: 'order',
    methods: methodsOf(config, persistence, deps),
    subscriptions: subscribeToReplies({ submit, clock }),
    readiness,
    deadLetters,
    ...running,
    rebuildProjection: () => persistence.projection.rebuild(),
    catchUp: () => persistence.catchUp(),
  };
  return withDeadLetters(app, persistence, deadLetterContracts, deps);
}

function methodsOf(config: OrderConfig, persistence: Persistence, deps: OrderDependencies): MethodTable {
  const { clock } = deps;
  const { submit, findKey, store, pool } = persistence;
  const orders = createOrderReader(store);
  const findProducts = findProductsIn(deps.invoker);
  const carts = deps.carts ?? createCartsTable<StoredCart>(pool, clock);
  const keeping = { carts, findProducts, newVersion, clock, ttlMs: config.CART_TTL };
  return defineMethods(
    orderMethods,
    {
      'place-order': placeOrder({ submit, orders, findKey, findProducts, newOrderId: () => uuid(), clock }),
      'get-order': getOrder(orders),
      'get-orders': getOrders(orders),
      'list-orders': listOrders(findOrdersIn(pool)),
      'get-order-events': getOrderEvents(orders),
      'cancel-order': cancelOrder({ submit, orders, clock }),
      'refund-order': refundOrder({ submit, clock }),
      'watch-order': watchOrder(orders),
      'get-cart': getCart(keeping),
      'put-cart': putCart(keeping),
      'delete-cart': deleteCart(keeping),
    },
    { checkOutputs: deps.checkOutputs ?? false },
  );
}
