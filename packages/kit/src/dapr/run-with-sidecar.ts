/** The frame of a process beside a sidecar: settings, logs, metrics, admin port, secrets, and an orderly end. */
import type { z } from 'zod';
import { systemClock } from '../clock.ts';
import { parseConfig } from '../config.ts';
import type { Environment } from '../config.ts';
import { createAdminHandler } from '../http/admin.ts';
import { listen } from '../http/listen.ts';
import { createMetrics } from '../kit-metrics.ts';
import type { Metrics } from '../kit-metrics.ts';
import { runProcess } from '../lifecycle.ts';
import { createLogger } from '../logger.ts';
import type { Logger } from '../logger.ts';
import { createMetricsRegistry } from '../metrics.ts';
import type { Clock, Invoker, Publisher, ReadinessCheck } from '../ports.ts';
import { registerProcessMetrics } from '../process-metrics.ts';
import { readSettings, watchSettings } from '../settings.ts';
import type { Settings } from '../settings.ts';
import { createSidecarClient } from './client.ts';
import type { SidecarClient } from './client.ts';
import { createDaprInvoker } from './invoker.ts';
import { createDaprPublisher } from './publisher.ts';
import { RELAY_BATCH, runtimeConfig } from './runtime-config.ts';
import type { RuntimeConfig } from './runtime-config.ts';
import { readSecret } from './secrets.ts';
import { sidecarReadiness, waitForSidecar } from './sidecar.ts';

export type Variant = RuntimeConfig['VARIANT'];
type SettingsSchema = z.ZodType<{ readonly revision: number }>;

/** What a service is given to work with. */
export interface Runtime<S> {
  readonly publisher: Publisher;
  readonly invoker: Invoker;
  readonly settings: Settings<S>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** For adapters of the kit, such as `createDaprState`. */
  readonly sidecar: SidecarClient;
}

export interface Running {
  readonly readiness: readonly ReadinessCheck[];
  /** Takes nothing new, finishes what is in flight, closes everything. */
  stop(): Promise<void>;
}

export interface Program<S extends SettingsSchema> {
  /** The service; the canary's app-id is `<service>-canary`. */
  readonly service: string;
  readonly settings: S;
  readonly versionOf: (settings: z.output<S>, variant: Variant) => string;
  /** Of the process. */
  readonly environment: Environment;
}

export interface Host<S> {
  readonly config: RuntimeConfig;
  /** With the secrets over it. */
  readonly environment: Environment;
  readonly runtime: Runtime<S>;
}

/** A call ends with its caller's deadline; this bounds what a caller might forget. */
const CALL_LIMIT_MS = 180_000;

/**
 * Runs until SIGTERM or SIGINT; `start` is called when the sidecar can be used. Liveness and metrics are served
 * from the beginning. Throws `ConfigError` for a bad environment.
 */
export async function runWithSidecar<S extends SettingsSchema>(
  program: Program<S>,
  start: (host: Host<z.output<S>>) => Promise<Running>,
): Promise<void> {
  const given = program.environment;
  const config = parseConfig(runtimeConfig, given);
  const initial = await readSettings(config.SETTINGS_FILE, program.settings);
  const { service } = program;
  const named = { service, version: program.versionOf(initial, config.VARIANT), variant: config.VARIANT };
  const logger = createLogger({ ...named, level: config.LOG_LEVEL });
  const registry = createMetricsRegistry();
  const metrics = createMetrics({ ...named, registry });
  const draining = new AbortController();
  const closing = new AsyncDisposableStack();
  let readiness: readonly ReadinessCheck[] = [{ name: 'start', check: async () => 'still starting' }];

  await runProcess({
    logger,
    start: async () => {
      closing.defer(registerProcessMetrics(registry));
      const admin = createAdminHandler({ registry, readiness: () => readiness, draining: draining.signal });
      const adminServer = await listen(admin, { port: config.ADMIN_PORT, host: config.ADMIN_HOST });
      closing.defer(() => adminServer.close());
      const settings = await watchSettings({
        path: config.SETTINGS_FILE,
        schema: program.settings,
        logger,
        metrics,
      });
      closing.defer(() => settings.close());
      const sidecar = openSidecar(config);
      closing.defer(() => sidecar.close());
      await waitForSidecar(sidecar, { logger, timeoutMs: config.SIDECAR_TIMEOUT });
      const environment = await withSecrets(given, appIdOf(service, config.VARIANT), config, sidecar);
      const running = await start({
        config,
        environment,
        runtime: {
          publisher: createDaprPublisher({
            client: sidecar,
            pubsub: config.PUBSUB_NAME,
            partitions: config.PUBSUB_PARTITIONS,
          }),
          invoker: createDaprInvoker({
            client: sidecar,
            namespace: config.NAMESPACE,
            timeoutMs: CALL_LIMIT_MS,
            logger,
            metrics,
          }),
          clock: systemClock,
          settings,
          logger,
          metrics,
          sidecar,
        },
      });
      closing.defer(() => running.stop());
      readiness = [...running.readiness, sidecarReadiness(sidecar)];
      logger.info({ port: config.PORT, adminPort: adminServer.port }, 'service started');
    },
    stop: async () => {
      draining.abort();
      await closing.disposeAsync();
    },
  });
}

export function appIdOf(service: string, variant: Variant): string {
  return variant === 'stable' ? service : `${service}-canary`;
}

function openSidecar({ DAPR_HTTP_PORT: port, DAPR_API_TOKEN: token }: RuntimeConfig): SidecarClient {
  const url = `http://127.0.0.1:${port}`;
  return createSidecarClient({ url, ...(token !== undefined && { apiToken: token.reveal() }) });
}

async function withSecrets(
  given: Environment,
  appId: string,
  { SECRET_STORE: store }: RuntimeConfig,
  sidecar: SidecarClient,
): Promise<Environment> {
  const secrets = store === undefined ? {} : await readSecret(sidecar, store, appId);
  return { RELAY_BATCH, ...given, ...secrets };
}
