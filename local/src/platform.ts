/** The whole shop in one process: PostgreSQL and the payment provider beside it, six services inside. */
import { join } from 'node:path';
import { settings as settingsSchema, type Settings } from '@ecommercestack/contracts';
import { buildGateway, readConfig as readGatewayConfig, type Gateway } from '@ecommercestack/gateway';
import type { DevelopmentIssuer } from '@ecommercestack/gateway/development-issuer';
import {
  createAdminHandler,
  createMetrics,
  listen,
  watchSettings,
  type Invoker,
  type Logger,
  type MetricsRegistry,
  type Settings as Live,
} from '@ecommercestack/kit';
import { writeAccess, type Access } from './access.ts';
import type { Args } from './args.ts';
import { startBackends } from './backends.ts';
import { layGround, portTaken, tokenConfiguration } from './ground.ts';
import { fillOnce, openDoors } from './opening.ts';
import { changesFor } from './product-changes.ts';
import { withUndo, type UndoStack } from './undo-stack.ts';

export interface Platform {
  readonly access: Access;
  readonly issuer: DevelopmentIssuer;
  stop(): Promise<void>;
}

/** Throws `StartError` for what the user can put right. A failed start leaves nothing running. */
export async function startPlatform(args: Args, logger: Logger): Promise<Platform> {
  return await withUndo(logger, (push) => start(args, logger, push));
}

async function start(args: Args, logger: Logger, push: UndoStack['push']): Promise<Omit<Platform, 'stop'>> {
  const ground = await layGround(args, logger, push);
  const { data, registry, metrics, stack, databases, provider, issuer } = ground;
  const settings = await watchSettings({ path: stack.settingsPath, schema: settingsSchema, logger, metrics });
  push('settings', () => settings.close());

  const parts = { settings, logger, registry, metrics, push };
  const { invoker, bus, canaries, readiness } = await startBackends({ ...parts, databases, provider });
  await canaries.prepare(settings.current());
  stack.follow({
    prepare: canaries.prepare,
    applied: async (next) => {
      await settings.refresh();
      await canaries.retire(next);
    },
  });
  await fillOnce(data, invoker);

  const draining = new AbortController();
  const handler = createAdminHandler({ registry, readiness: () => readiness, draining: draining.signal });
  const admin = await listen(handler, { port: args.adminPort, host: '127.0.0.1' }).catch(
    portTaken('--admin-port', args.adminPort),
  );
  push('admin port', () => admin.close());

  const gateway = await openGateway(args.port, issuer, { ...parts, invoker });
  bus.subscribe(changesFor(gateway));
  const server = await gateway.listen().catch(portTaken('--port', args.port));
  push('gateway', () => gateway.stop());
  push('readiness', () => draining.abort());

  const access = await openDoors(ground, { url: server.url, adminUrl: admin.url }, logger, push);
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
  const config = readGatewayConfig({ PORT: String(port), ...tokenConfiguration(issuer) });
  return buildGateway(config, {
    invoker,
    settings,
    logger: logger.child({ service: 'gateway' }),
    metrics: createMetrics({ service: 'gateway', version, registry }),
  });
}
