/** The fleet of this platform: what every member of it is given. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from '@ecommercestack/kit';
import type { Broker } from '../args.ts';
import { secretsOf, sharedCacheAt, type Values } from '../environment.ts';
import { keptSecret, tokenConfiguration, type Ground } from '../ground.ts';
import { backends } from '../services.ts';
import { createFleet, type Fleet } from './fleet.ts';
import { writeDaprFolder, writeSecrets, type Secrets } from './folder.ts';
import { startMember, type MemberOptions } from './member.ts';
import { openNames, type Names } from './names.ts';
import type { Ports } from '../ports.ts';
import type { Stores } from './stores.ts';

export interface ShopOptions {
  readonly ground: Ground;
  readonly broker: Broker;
  readonly stores: Stores;
  readonly ports: Ports;
  readonly daprd: string;
  /** Port of the shop. */
  readonly publicPort: number;
  /** Of this command's environment, for every service. */
  readonly inherited: Values;
  readonly logger: Logger;
  readonly onChange: () => void;
}

export interface Shop {
  readonly fleet: Fleet;
  readonly names: Names;
  /** What a sidecar asks of its callers. */
  readonly apiToken: string;
}

/** Nothing runs yet. */
export async function createShop(options: ShopOptions): Promise<Shop> {
  const { ground, stores, logger, onChange } = options;
  const logs = join(ground.data, 'logs');
  const home = join(ground.data, 'dapr');
  await mkdir(logs, { recursive: true });
  const folder = await writeDaprFolder(home, options.broker);
  await writeSecrets(folder, { ...stores.secrets, ...serviceSecrets(ground, stores.redisUrl) });
  const apiToken = await keptSecret(join(home, 'api-token'));
  const sidecarTokens = {
    APP_API_TOKEN: await keptSecret(join(home, 'app-token')),
    DAPR_API_TOKEN: apiToken,
  };
  const { ports, daprd, publicPort, inherited } = options;
  const names = openNames(folder.names);
  const member: MemberOptions = {
    names,
    logs,
    daprd,
    ports,
    publicPort,
    logger,
    onChange,
    sidecar: { folder, sentry: stores.sentry, environment: { ...stores.addresses, ...sidecarTokens } },
    service: {
      databases: ground.databases,
      provider: ground.provider,
      // Redis Streams have none.
      pubsub: { PUBSUB_NAME: 'pubsub', PUBSUB_PARTITIONS: options.broker === 'kafka' ? '5' : '1' },
      inherited,
      sidecarTokens,
      settingsPath: ground.stack.settingsPath,
      tokens: tokenConfiguration(ground.issuer),
    },
  };
  const fleet = createFleet({
    start: (instance) => startMember(instance, member),
    logger,
    onChange,
  });
  return { fleet, names, apiToken };
}

/** A canary reads those of its service under its own app-id. */
function serviceSecrets(ground: Ground, redisUrl: string): Secrets {
  const sharedCache = sharedCacheAt(redisUrl);
  const entries = backends.flatMap((service) => {
    const secrets = { ...secretsOf(service, ground), ...(service === 'catalog' && sharedCache) };
    return [service, `${service}-canary`].map((appId): [string, Values] => [appId, secrets]);
  });
  return Object.fromEntries([...entries, ['gateway', sharedCache]]);
}
