/** The order service: builds everything from its configuration and the ports of its runtime. */
import { v7 as uuid } from 'uuid';
import { orderMethods } from '@ecommercestack/contracts';
import {
  defineMethods,
  type Clock,
  type Invoker,
  type Logger,
  type MethodTable,
  type Metrics,
  type Publisher,
  type ServiceApp,
} from '@ecommercestack/kit';
import { createOrderReader } from './adapters/order-reader.ts';
import { findOrdersIn } from './adapters/orders-table.ts';
import { createPersistence, type Persistence } from './adapters/persistence.ts';
import type { OrderConfig } from './config.ts';
import { handleTimer, subscribeToReplies } from './features/advance-order/advance-order.ts';
import { cancelOrder } from './features/cancel-order/cancel-order.ts';
import { getOrderEvents } from './features/get-order-events/get-order-events.ts';
import { getOrder, getOrders } from './features/get-order/get-order.ts';
import { listOrders } from './features/list-orders/list-orders.ts';
import { findProductsIn } from './features/place-order/find-products.ts';
import { placeOrder } from './features/place-order/place-order.ts';
import { refundOrder } from './features/refund-order/refund-order.ts';
import { watchOrder } from './features/watch-order/watch-order.ts';

export { readConfig, type OrderConfig } from './config.ts';

export interface OrderDependencies {
  readonly publisher: Publisher;
  readonly invoker: Invoker;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly clock: Clock;
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
  return {
    appId: 'order',
    methods: methodsOf(persistence, deps),
    subscriptions: subscribeToReplies({ submit, clock }),
    readiness,
    deadLetters,
    ...running,
    rebuildProjection: () => persistence.projection.rebuild(),
    catchUp: () => persistence.catchUp(),
  };
}

function methodsOf(persistence: Persistence, deps: OrderDependencies): MethodTable {
  const { clock } = deps;
  const { submit, findKey, store, pool } = persistence;
  const orders = createOrderReader(store);
  const findProducts = findProductsIn(deps.invoker);
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
    },
    { checkOutputs: deps.checkOutputs ?? false },
  );
}
