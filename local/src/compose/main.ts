/**
 * What `docker compose` needs beside the services: databases, keys, secrets and what the sidecars read, made at the
 * start; the settings file, made from the resource and again whenever that changes. Runs until SIGTERM.
 */
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createDevelopmentIssuer } from '@ecommercestack/gateway/development-issuer';
import { createLogger, parseConfig, runProcess } from '@ecommercestack/kit';
import { z } from 'zod';
import { secretsOf, sharedCacheAt } from '../environment.ts';
import { backends } from '../services.ts';
import { openStackFile, type StackFile } from '../stack-file.ts';
import { createDatabases } from './databases.ts';
import { refuseCanaries, writeResources } from './resources.ts';

const configuration = z.object({
  DATA_DIR: z.string().min(1),
  STACK_FILE: z.string().min(1),
  BROKER: z.enum(['redis', 'kafka']),
  /** Of a user who may create databases. */
  DATABASE_URL: z.url(),
  REDIS_PASSWORD: z.string().min(1),
  WEBHOOK_SECRET: z.string().min(1),
});

const config = parseConfig(configuration, process.env);
const logger = createLogger({ service: 'local', version: 'compose', level: 'info' });
let stack: StackFile | undefined;
/** Following the resource does not keep a process running. */
const running = setInterval(() => undefined, 60_000);

await runProcess({
  logger,
  start: async () => {
    const { DATA_DIR: data } = config;
    // Made last: the other containers wait for it.
    const ready = join(data, 'ready');
    await rm(ready, { force: true });
    stack = await openStackFile(config.STACK_FILE, join(data, 'settings.json'), logger);
    refuseCanaries(stack.settings());
    stack.follow({ prepare: async (settings) => refuseCanaries(settings), applied: async () => undefined });
    const databases = await createDatabases(config.DATABASE_URL, backends);
    const provider = { url: '', webhookSecret: config.WEBHOOK_SECRET };
    const sharedCache = sharedCacheAt(`redis://:${encodeURIComponent(config.REDIS_PASSWORD)}@redis:6379`);
    const services = backends.map((name) => [name, secretsOf(name, { databases, provider })] as const);
    await writeResources(join(data, 'dapr'), config.BROKER, {
      ...Object.fromEntries(services),
      catalog: { ...secretsOf('catalog', { databases, provider }), ...sharedCache },
      gateway: sharedCache,
      redis: { password: config.REDIS_PASSWORD },
      // The broker asks for no login, but the component for a name.
      kafka: { saslUsername: 'none', saslPassword: 'none' },
    });
    await createDevelopmentIssuer(join(data, 'keys'));
    await writeFile(ready, '');
    logger.info({ data }, 'the services can start');
  },
  stop: async () => {
    clearInterval(running);
    await stack?.close();
  },
});
