/** The servers that the sidecars need: Redis for state, a broker, and the authority that gives them identities. */
import { join } from 'node:path';
import type { Logger } from '@ecommercestack/kit';
import type { ProcessEntry } from '../access.ts';
import type { Broker } from '../args.ts';
import type { Values } from '../environment.ts';
import { keptSecret } from '../ground.ts';
import { startKafka, startRedis, startSentry, type Child, type Sentry } from '../parts.ts';
import type { UndoStack } from '../undo-stack.ts';
import type { Secrets } from './folder.ts';
import type { Ports } from '../ports.ts';
import { untilTopicsExist } from './topics.ts';
import { supervise, type Supervised } from '../supervise.ts';

const KAFKA_USER = 'shop';

export interface Stores {
  readonly sentry: Sentry;
  /** What the components ask the environment for. */
  readonly addresses: Values;
  /** With its password. */
  readonly redisUrl: string;
  /** What they ask the secret store for. */
  readonly secrets: Secrets;
  processes(): readonly ProcessEntry[];
  /** Resolves when the broker takes messages for every topic; only its readers, once started, make them. */
  topicsExist(): Promise<void>;
}

export interface StoresOptions {
  /** The data folder. */
  readonly data: string;
  readonly broker: Broker;
  readonly ports: Ports;
  readonly logger: Logger;
  readonly push: UndoStack['push'];
  readonly onChange: () => void;
}

/** Throws `MissingPartError`. */
export async function startStores(options: StoresOptions): Promise<Stores> {
  const { broker, data, ports } = options;
  const port = { redis: await ports.take(), kafka: await ports.take(), sentry: await ports.take() };
  const dir = (name: string) => join(data, name);
  const password = {
    redis: await keptSecret(join(data, 'redis-password')),
    kafka: await keptSecret(join(data, 'kafka-password')),
  };
  const redis = await keep(options, 'redis', () =>
    startRedis({ dir: dir('redis'), port: port.redis, password: password.redis }),
  );
  const user = { name: KAFKA_USER, password: password.kafka };
  const kafka =
    broker === 'kafka'
      ? await keep(options, 'kafka', () => startKafka({ dir: dir('kafka'), port: port.kafka, user }))
      : undefined;
  const launched: Sentry[] = [];
  const authority = await keep(options, 'sentry', async () => {
    const sentry = await startSentry({ dir: dir('sentry'), port: port.sentry });
    launched.push(sentry);
    return sentry;
  });
  const [sentry] = launched;
  if (sentry === undefined) throw new Error('the authority has not been started');

  return {
    sentry,
    redisUrl: `redis://:${encodeURIComponent(password.redis)}@127.0.0.1:${port.redis}`,
    addresses: {
      REDIS_HOST: `127.0.0.1:${port.redis}`,
      REDIS_TLS: 'false',
      KAFKA_BROKERS: `127.0.0.1:${port.kafka}`,
      KAFKA_AUTH_TYPE: 'password',
      KAFKA_SASL_MECHANISM: 'SHA-512',
      KAFKA_DISABLE_TLS: 'true',
    },
    secrets: {
      redis: { password: password.redis },
      kafka: { saslUsername: KAFKA_USER, saslPassword: password.kafka },
    },
    topicsExist: async () => {
      if (kafka !== undefined) await untilTopicsExist(join(dir('kafka'), 'data'), options.logger);
    },
    processes: () => [
      entry('redis', broker === 'redis' ? 'broker' : 'store', redis, port.redis),
      ...(kafka === undefined ? [] : [entry('kafka', 'broker', kafka, port.kafka)]),
      entry('sentry', 'authority', authority, port.sentry),
    ],
  };
}

function entry(name: string, kind: ProcessEntry['kind'], process: Supervised, port: number): ProcessEntry {
  return { name, kind, pid: process.pid(), ports: { port } };
}

async function keep(
  { logger, onChange, push }: StoresOptions,
  name: string,
  launch: () => Promise<Child>,
): Promise<Supervised> {
  const supervised = await supervise({ name, launch, logger, onChange });
  push(name, () => supervised.stop());
  return supervised;
}
