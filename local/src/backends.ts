/** Everything behind the gateway, running on one bus. */
import type { Settings } from '@ecommercestack/contracts';
import {
  createBus,
  createLocalInvoker,
  deadLettersOf,
  hostInProcess,
  readinessOf,
  systemClock,
  type Bus,
  type BusOptions,
  type Environment,
  type Invoker,
  type Logger,
  type MethodTable,
  type Metrics,
  type MetricsRegistry,
  type ReadinessCheck,
  type Settings as Live,
} from '@ecommercestack/kit';
import { createCanaries, type Canaries } from './canaries.ts';
import { configurationOf, secretsOf, type Surroundings } from './environment.ts';
import { backends, buildBackend, type Backend, type Runtime, type Variant } from './services.ts';
import type { UndoStack } from './undo-stack.ts';

export interface BackendOptions extends Surroundings {
  readonly settings: Live<Settings>;
  readonly logger: Logger;
  readonly registry: MetricsRegistry;
  /** Of the process; each service has its own beside them. */
  readonly metrics: Metrics;
  readonly push: UndoStack['push'];
  /** Instead of the kit's own bus. */
  readonly makeBus?: (options: BusOptions) => Bus;
  /** Configuration that all services get beside their own. */
  readonly environment?: Environment;
}

export interface Backends {
  readonly invoker: Invoker;
  readonly bus: Bus;
  readonly readiness: readonly ReadinessCheck[];
  readonly canaries: Canaries;
}

/** The gateway ends each call; this bounds what it might forget: the longest wait, and the longest time limit. */
const CALL_LIMIT_MS = 180_000;

/** Resolves when the services have started; what `push` was given stops them. */
export async function startBackends(options: BackendOptions): Promise<Backends> {
  const { settings, logger, registry, metrics, push, makeBus = createBus } = options;
  const methods = new Map<string, MethodTable>();
  const invoker = createLocalInvoker({ apps: methods, logger, metrics, timeoutMs: CALL_LIMIT_MS });
  const bus = makeBus({
    logger,
    metrics,
    clock: systemClock,
    onDeadLetter: deadLettersOf(() => apps),
    isReady: readinessOf(() => apps),
  });
  const environment = environmentOf(options);
  const runtime: Runtime = { publisher: bus, invoker, logger, registry, settings, environment };
  const apps = backends.map((name) =>
    buildBackend(name, 'stable', settings.current().services[name].version, runtime),
  );
  const canaries = createCanaries({
    build: (service, version) => buildBackend(service, 'canary', version, runtime),
    methods,
    logger,
  });
  const host = await hostInProcess({ apps, bus, methods, logger });
  push('services', () => host.stop());
  push('canaries', () => canaries.stop());
  return { invoker, bus, readiness: host.readiness, canaries };
}

function environmentOf({ environment, ...surroundings }: BackendOptions) {
  return (service: Backend, variant: Variant) => ({
    ...secretsOf(service, surroundings),
    ...configurationOf(service, surroundings),
    INSTANCE_ID: variant,
    ...environment,
  });
}
