/** The whole shop as in production: a process and a sidecar for each service instance, over a broker. */
import { join, resolve } from 'node:path';
import type { Logger, Metrics } from '@ecommercestack/kit';
import { createDaprInvoker, createSidecarClient } from '@ecommercestack/kit/dapr';
import type { DaprArgs } from '../args.ts';
import type { Values } from '../environment.ts';
import { layGround } from '../ground.ts';
import { fillOnce, openDoors } from '../opening.ts';
import { findDaprd, MissingPartError, prepareParts } from '../parts.ts';
import type { Platform } from '../platform.ts';
import { StartError } from '../start-error.ts';
import { withUndo, type UndoStack } from '../undo-stack.ts';
import { openAdmin } from './admin.ts';
import { instancesOf } from './instances.ts';
import { createPorts } from '../ports.ts';
import { createProcessList } from './process-list.ts';
import { createShop, type Shop } from './shop.ts';
import { startStores } from './stores.ts';

/** Throws `StartError` for what the user can put right. A failed start leaves nothing running. */
export async function startDaprPlatform(
  args: DaprArgs,
  inherited: Values,
  logger: Logger,
): Promise<Platform> {
  try {
    return await withUndo(logger, (push) => start(args, inherited, logger, push));
  } catch (error) {
    if (error instanceof MissingPartError) throw new StartError(error.message, { cause: error });
    throw error;
  }
}

async function start(
  args: DaprArgs,
  inherited: Values,
  logger: Logger,
  push: UndoStack['push'],
): Promise<Omit<Platform, 'stop'>> {
  const { broker } = args;
  await prepareParts({ kafka: broker === 'kafka' });
  const daprd = await findDaprd();
  const list = createProcessList(join(resolve(args.data), 'access.json'), logger);
  const onChange = list.changed;
  push('process list', () => list.close());
  const ground = await layGround(args, logger, push, onChange);
  const { data, stack, registry, metrics, issuer, postgres } = ground;
  const ports = createPorts();
  const stores = await startStores({ data, broker, ports, logger, push, onChange });

  const publicPort = args.port === 0 ? await ports.take() : args.port;
  const common = { ground, broker, stores, ports, daprd, publicPort, inherited, logger, onChange };
  const shop = await createShop(common);
  const { fleet } = shop;
  push('services', () => fleet.stop());
  await fleet.grow(instancesOf(stack.stack(), stack.settings()));
  shop.names.guard();
  stack.follow({
    prepare: async (settings, wanted) => await fleet.grow(instancesOf(wanted, settings)),
    applied: async (settings, wanted) => await fleet.shrink(instancesOf(wanted, settings)),
  });
  await stores.topicsExist();
  await fill(data, shop, logger, metrics);

  const draining = new AbortController();
  const { signal } = draining;
  const admin = await openAdmin({
    port: args.adminPort,
    registry,
    members: () => fleet.members(),
    draining: signal,
  });
  push('admin port', () => admin.close());
  push('readiness', () => draining.abort());

  const doors = { url: `http://127.0.0.1:${publicPort}`, adminUrl: admin.url };
  const access = await openDoors(ground, doors, logger, push);
  await list.open(access, () => [
    { name: 'postgres', kind: 'store', pid: postgres.pid(), ports: { port: postgres.port } },
    ...stores.processes(),
    ...fleet.members().flatMap((member) => member.processes()),
  ]);
  return { access, issuer };
}

/** In the gateway's name, which may call what an administrator needs. */
async function fill(
  data: string,
  { fleet, apiToken }: Shop,
  logger: Logger,
  metrics: Metrics,
): Promise<void> {
  const gateway = fleet.members().find(({ instance }) => instance.service === 'gateway');
  if (gateway === undefined) throw new Error('there is no gateway');
  const client = createSidecarClient({ url: `http://127.0.0.1:${gateway.ports.http}`, apiToken });
  try {
    await fillOnce(data, createDaprInvoker({ client, logger, metrics, timeoutMs: 60_000 }));
  } finally {
    await client.close();
  }
}
