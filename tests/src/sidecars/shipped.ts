/** Sidecars with the files of dapr-components/ as they are shipped. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { startKafka, startRedis, type KafkaOptions } from '@ecommercestack/local/parts';
import { startSidecar } from '../sidecar.ts';
import type { Sidecar, SidecarOptions } from '../sidecar.ts';
import { makeCertificate } from './certificate.ts';

const folder = fileURLToPath(new URL('../../../dapr-components/', import.meta.url));
const PASSWORD = 'for-this-spec-alone';

export type BrokerName = 'kafka' | 'redis';

/** The servers behind the components, each behind a password, and how a sidecar gets to know them. */
export interface Servers {
  readonly broker: BrokerName;
  readonly env: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

export async function startServers(broker: BrokerName, dir: string): Promise<Servers> {
  const user = { name: 'shop', password: PASSWORD };
  const kafka = broker === 'kafka' ? await startEncryptedKafka(dir, user) : undefined;
  const redis = await startRedis({ dir: path.join(dir, 'redis'), password: PASSWORD });
  const secrets = {
    redis: { password: PASSWORD },
    kafka: { saslUsername: user.name, saslPassword: user.password },
    order: { DATABASE_URL: 'of order' },
    payment: { DATABASE_URL: 'of payment' },
  };
  const secretsFile = path.join(dir, 'secrets.json');
  await writeFile(secretsFile, JSON.stringify(secrets), { mode: 0o600 });
  return {
    broker,
    env: {
      SECRETS_FILE: secretsFile,
      REDIS_HOST: redis.address,
      REDIS_TLS: 'false',
      ...(kafka !== undefined && {
        KAFKA_BROKERS: kafka.brokers,
        KAFKA_AUTH_TYPE: 'password',
        KAFKA_SASL_MECHANISM: 'SHA-512',
        KAFKA_DISABLE_TLS: 'false',
        KAFKA_CA_CERT: kafka.certificate,
      }),
    },
    stop: async () => {
      await Promise.all([redis.stop(), kafka?.stop()]);
    },
  };
}

async function startEncryptedKafka(dir: string, user: NonNullable<KafkaOptions['user']>) {
  const tls = await makeCertificate(dir);
  const kafka = await startKafka({ dir: path.join(dir, 'kafka'), user, tls });
  return { ...kafka, certificate: tls.certificate };
}

export type ShippedOptions = Pick<SidecarOptions, 'appPort' | 'names' | 'flags' | 'env'> & {
  readonly appId: string;
  /** Of the spec: each sidecar has a folder of its own below it. */
  readonly dir: string;
  /** Absent: calls alone. */
  readonly servers?: Servers;
  readonly configurations?: readonly string[];
};

/** A canary has the configuration of its service. Messages stop three seconds after its app has gone. */
export async function startShipped(options: ShippedOptions): Promise<Sidecar> {
  const { appId, appPort, servers } = options;
  const dir = path.join(options.dir, appId);
  await mkdir(dir, { recursive: true });
  const service = appId.replace(/-canary$/, '');
  const read = (file: string) => readFile(path.join(folder, file), 'utf8');
  const folders = servers === undefined ? [] : ['state', servers.broker, `${servers.broker}/subscriptions`];
  return startSidecar({
    ...options,
    dir,
    ...(servers !== undefined && { resources: { 'secrets.yaml': await read('secrets/file.yaml') } }),
    resourceFolders: [...folders, 'resiliency'].map((each) => path.join(folder, each)),
    configurations: [
      path.join(folder, 'configuration', `${service}.yaml`),
      ...(options.configurations ?? []),
    ],
    env: { ...servers?.env, ...options.env },
    flags: [
      ...(appPort === undefined
        ? []
        : ['--enable-app-health-check', '--app-health-probe-interval', '1', '--app-health-threshold', '3']),
      ...(options.flags ?? []),
    ],
  });
}
