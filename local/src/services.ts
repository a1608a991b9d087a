/** The services of the shop, wired for one process. */
import { buildCatalog, readConfig as readCatalogConfig } from '@ecommercestack/catalog';
import type { ServiceName, Settings } from '@ecommercestack/contracts';
import { buildInventory, readConfig as readInventoryConfig } from '@ecommercestack/inventory';
import {
  createMetrics,
  systemClock,
  type Environment,
  type Invoker,
  type Logger,
  type MetricsRegistry,
  type Publisher,
  type ServiceApp,
  type Settings as Live,
} from '@ecommercestack/kit';
import { buildNotification, readConfig as readNotificationConfig } from '@ecommercestack/notification';
import { buildOrder, readConfig as readOrderConfig } from '@ecommercestack/order';
import { buildPayment, readConfig as readPaymentConfig } from '@ecommercestack/payment';

/** Everything behind the gateway. */
export const backends = [
  'order',
  'inventory',
  'payment',
  'catalog',
  'notification',
] as const satisfies readonly ServiceName[];
export type Backend = (typeof backends)[number];

export interface Runtime {
  readonly publisher: Publisher;
  readonly invoker: Invoker;
  readonly logger: Logger;
  readonly registry: MetricsRegistry;
  readonly settings: Live<Settings>;
  /** Configuration of a service, as its environment would hold it. */
  readonly environment: (service: Backend, variant: Variant) => Environment;
}

export type Variant = 'stable' | 'canary';

/** One instance of a service. A canary answers calls under an id of its own and takes no messages. */
export function buildBackend(
  service: Backend,
  variant: Variant,
  version: string,
  runtime: Runtime,
): ServiceApp {
  const { publisher, invoker, settings } = runtime;
  const deps = {
    publisher,
    invoker,
    settings,
    clock: systemClock,
    logger: runtime.logger.child({ service, version, variant }),
    metrics: createMetrics({ service, version, variant, registry: runtime.registry }),
  };
  const app = build[service](runtime.environment(service, variant), deps);
  return variant === 'stable' ? app : { ...app, appId: `${service}-canary`, subscriptions: [] };
}

interface Dependencies {
  readonly publisher: Publisher;
  readonly invoker: Invoker;
  readonly settings: Live<Settings>;
  readonly clock: typeof systemClock;
  readonly logger: Logger;
  readonly metrics: ReturnType<typeof createMetrics>;
}

const build: Readonly<Record<Backend, (environment: Environment, deps: Dependencies) => ServiceApp>> = {
  order: (environment, deps) => buildOrder(readOrderConfig(environment), deps),
  inventory: (environment, deps) => buildInventory(readInventoryConfig(environment), deps),
  payment: (environment, deps) => buildPayment(readPaymentConfig(environment), deps),
  catalog: (environment, deps) => buildCatalog(readCatalogConfig(environment), deps),
  notification: (environment, deps) => buildNotification(readNotificationConfig(environment), deps),
};
