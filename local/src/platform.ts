/** The whole shop in one process: PostgreSQL and the payment provider beside it, six services inside. */
import { randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { seedProducts } from '@ecommercestack/catalog/seed';
import { settings as settingsSchema, type Settings } from '@ecommercestack/contracts';
import { buildGateway, readConfig as readGatewayConfig, type Gateway } from '@ecommercestack/gateway';
import { createDevelopmentIssuer, type DevelopmentIssuer } from '@ecommercestack/gateway/development-issuer';
import {
  createAdminHandler,
  createMetrics,
  createMetricsRegistry,
  listen,
  readIfThere,
  registerProcessMetrics,
  watchSettings,
  type Invoker,
  type Logger,
  type MetricsRegistry,
  type Settings as Live,
} from '@ecommercestack/kit';
import { writeAccess, type Access } from './access.ts';
import type { Args } from './args.ts';
import { CALL_LIMIT_MS, startBackends } from './backends.ts';
import { monitorInvariants } from './invariants-monitor.ts';
import { PostgresError, startPostgres, type Postgres } from './postgres.ts';
import { startProvider } from './provider.ts';
import { seed } from './seed.ts';
import { backends } from './services.ts';
import { openStackFile } from './stack-file.ts';
import { StartError } from './start-error.ts';
import { undoStack, type UndoStack } from './undo-stack.ts';

export interface Platform {
  readonly access: Access;
  readonly issuer: DevelopmentIssuer;
  stop(): Promise<void>;
}

const POSTGRES_FLAGS = ['-c', 'max_connections=200', '-c', 'shared_buffers=48MB', '-c', 'jit=off'];

/** Throws `StartError` for what the user can put right. A failed start leaves nothing running. */
export async function startPlatform(args: Args, logger: Logger): Promise<Platform> {
  const undo = undoStack(logger);
  try {
    return { ...(await start(args, logger, undo.push)), stop: undo.run };
  } catch (error) {
    await undo.run();
    throw error;
  }
}

async function start(args: Args, logger: Logger, push: UndoStack['push']): Promise<Omit<Platform, 'stop'>> {
  const data = resolve(args.data);
  await mkdir(data, { recursive: true, mode: 0o700 });
  await Promise.all([assertFree('--port', args.port), assertFree('--admin-port', args.adminPort)]);
  const registry = createMetricsRegistry();
  registerProcessMetrics(registry);
  const metrics = createMetrics({ service: 'local', registry });

  const stack = await openStackFile(args.stack, join(data, 'settings.json'), logger);
  push('resource', () => stack.close());
  const settings = await watchSettings({ path: stack.settingsPath, schema: settingsSchema, logger, metrics });
  push('settings', () => settings.close());

  const postgres = await openPostgres(join(data, 'postgres'), logger);
  push('postgres', () => postgres.stop());
  await Promise.all(backends.map((name) => postgres.createDatabase(name)));
  const databases = Object.fromEntries(backends.map((name) => [name, postgres.connectionString(name)]));

  const webhookSecret = await keptSecret(join(data, 'webhook-secret'));
  const provider = await startProvider({ dataDir: join(data, 'provider'), port: 0, webhookSecret, logger });
  push('provider', () => provider.stop());

  const parts = { settings, logger, registry, metrics, push };
  const providerAccess = { url: provider.url, webhookSecret };
  const { invoker, canaries, readiness } = await startBackends({
    ...parts,
    databases,
    provider: providerAccess,
  });
  await canaries.prepare(settings.current());
  stack.follow({
    prepare: canaries.prepare,
    applied: async (next) => {
      await settings.refresh();
      await canaries.retire(next);
    },
  });

  await fillOnce(join(data, 'seeded'), async () =>
    seed(invoker, seedProducts, AbortSignal.timeout(CALL_LIMIT_MS)),
  );

  const issuer = await createDevelopmentIssuer(join(data, 'keys'));
  const draining = new AbortController();
  const handler = createAdminHandler({ registry, readiness: () => readiness, draining: draining.signal });
  const admin = await listen(handler, { port: args.adminPort, host: '127.0.0.1' }).catch(
    portTaken('--admin-port', args.adminPort),
  );
  push('admin port', () => admin.close());

  const gateway = await openGateway(args.port, issuer, { ...parts, invoker });
  const server = await gateway.listen().catch(portTaken('--port', args.port));
  push('gateway', () => gateway.stop());
  push('readiness', () => draining.abort());
  await provider.sendWebhooksTo(`${server.url}/api/payments/webhook`);

  const monitor = monitorInvariants({ databases, providerUrl: provider.url }, logger, metrics);
  push('invariants', () => monitor.stop());

  const access: Access = {
    url: server.url,
    adminUrl: admin.url,
    adminToken: await issuer.mint({ customer: 'shop-admin', roles: ['admin'], expiresIn: '30d' }),
    customerToken: await issuer.mint({ customer: 'ada', roles: ['customer'], expiresIn: '30d' }),
    providerUrl: provider.url,
    databases,
  };
  await writeAccess(join(data, 'access.json'), access);
  return { access, issuer };
}

interface GatewayParts {
  readonly invoker: Invoker;
  readonly settings: Live<Settings>;
  readonly logger: Logger;
  readonly registry: MetricsRegistry;
}

async function openGateway(port: number, issuer: DevelopmentIssuer, parts: GatewayParts): Promise<Gateway> {
  const { invoker, settings, logger, registry } = parts;
  const { version } = settings.current().services.gateway;
  const config = readGatewayConfig({
    PORT: String(port),
    TOKEN_ISSUER: issuer.issuer,
    TOKEN_AUDIENCE: issuer.audience,
    JWKS_URL: issuer.jwksUrl.href,
  });
  return buildGateway(config, {
    invoker,
    settings,
    logger: logger.child({ service: 'gateway' }),
    metrics: createMetrics({ service: 'gateway', version, registry }),
  });
}

async function openPostgres(dataDir: string, logger: Logger): Promise<Postgres> {
  try {
    return await startPostgres({
      dataDir,
      flags: POSTGRES_FLAGS,
      logger: { info: (message) => logger.info(message), warn: (message) => logger.warn(message) },
    });
  } catch (error) {
    if (error instanceof PostgresError) throw new StartError(error.message, { cause: error });
    throw error;
  }
}

async function keptSecret(path: string): Promise<string> {
  const kept = await readIfThere(path);
  if (kept !== undefined) return kept;
  const fresh = randomBytes(32).toString('hex');
  await writeFile(path, fresh, { mode: 0o600 });
  return fresh;
}

/** Runs the work unless the mark of a finished run is there. */
async function fillOnce(mark: string, work: () => Promise<void>): Promise<void> {
  const done = await readIfThere(mark);
  if (done !== undefined) return;
  await work();
  await writeFile(mark, 'The catalogue was filled; delete this file to fill in what is missing.\n');
}

/** Before anything is started: to find out at the end would cost the user the whole start. */
async function assertFree(option: string, port: number): Promise<void> {
  const server = await listen(() => undefined, { port, host: '127.0.0.1' }).catch(portTaken(option, port));
  await server.close();
}

function portTaken(option: string, port: number) {
  return (error: unknown): never => {
    if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE') {
      throw new StartError(
        `Port ${port} is taken by another program. Stop it, or choose another with ${option} N.`,
        {
          cause: error,
        },
      );
    }
    throw error;
  };
}
