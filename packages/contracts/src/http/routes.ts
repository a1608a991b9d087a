/** Every public route of the gateway; OpenAPI, validation, authorisation and routing all read this table. */
import { cartRoutes } from './cart-routes.ts';
import { catalogRoutes } from './catalog-routes.ts';
import { inventoryRoutes } from './inventory-routes.ts';
import { notificationRoutes } from './notification-routes.ts';
import { opsRoutes } from './ops-routes.ts';
import { orderRoutes } from './order-routes.ts';
import { paymentRoutes } from './payment-routes.ts';
import type { Route } from './route.ts';

export const routes: readonly Route[] = [
  ...catalogRoutes,
  ...inventoryRoutes,
  ...cartRoutes,
  ...orderRoutes,
  ...paymentRoutes,
  ...notificationRoutes,
  ...opsRoutes,
];
