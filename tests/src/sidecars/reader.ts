/** An app that reads messages beside a sidecar of its own, as a service does. */
import path from 'node:path';
import { createLogger, createMetrics, listen, systemClock } from '@ecommercestack/kit';
import type { Message, Publisher, RunningServer, Subscription } from '@ecommercestack/kit';
import {
  createAppHandler,
  createDaprPublisher,
  createSidecarClient,
  createSubscriber,
} from '@ecommercestack/kit/dapr';
import { startSidecar } from '../sidecar.ts';
import type { Sidecar } from '../sidecar.ts';
import { inboundRetry, subscriptions as subscriptionFile } from './components.ts';

export interface ReaderOptions {
  /** Also of its consumers. */
  readonly appId: string;
  readonly dir: string;
  /** The pub/sub component, as YAML. */
  readonly pubsub: string;
  /** Default 5. */
  readonly partitions?: number;
  readonly subscriptions: readonly Subscription[];
  readonly attempts: number;
  readonly isReady?: () => Promise<boolean>;
  /** Of the sidecar, for what it cannot hand over. Default 30. */
  readonly maxRetries?: number;
}

export interface DeadLetter {
  readonly consumer: string;
  readonly message: Message;
  readonly reason: string;
  readonly attempts: number;
}

export interface Reader {
  readonly publisher: Publisher;
  readonly sidecar: Sidecar;
  readonly port: number;
  readonly deadLetters: readonly DeadLetter[];
  /** Takes the app away from its sidecar, and brings it back. */
  leave(): Promise<void>;
  comeBack(): Promise<void>;
  close(): Promise<void>;
}

const TOKEN = 'the token of the app';

export async function startReader(options: ReaderOptions): Promise<Reader> {
  const { appId, subscriptions, partitions = 5 } = options;
  const deadLetters: DeadLetter[] = [];
  const stopping = new AbortController();
  const logger = createLogger({ service: appId, level: 'silent' });
  const metrics = createMetrics({ service: appId });
  const isReady = options.isReady ?? (async () => true);
  const subscriber = createSubscriber({
    appId,
    subscriptions,
    deadLetters: { record: async (letter) => String(deadLetters.push(letter)) },
    stopping: stopping.signal,
    retry: { attempts: options.attempts, baseMs: 5, maxMs: 20 },
    clock: systemClock,
    isReady,
    logger,
    metrics,
  });
  const { deliver } = subscriber;
  const handler = createAppHandler({ deliver, routers: [], apiToken: TOKEN, isReady, logger, metrics });
  const open = (port: number) => listen(handler, { port, host: '127.0.0.1' });
  let server: RunningServer = await open(0);
  const { port } = server;
  const topics = subscriptions.map(({ topic }) => topic);
  const sidecar = await startSidecar({
    dir: path.join(options.dir, appId),
    appId,
    appPort: port,
    appToken: TOKEN,
    resources: {
      'pubsub.yaml': options.pubsub,
      'subscriptions.yaml': subscriptionFile(appId, topics),
      'resiliency.yaml': inboundRetry(options.maxRetries ?? 30),
    },
  });
  await sidecar.whole();
  const client = createSidecarClient({ url: sidecar.url });
  return {
    publisher: createDaprPublisher({ client, pubsub: 'pubsub', partitions }),
    sidecar,
    port,
    deadLetters,
    leave: () => server.close(0),
    comeBack: async () => {
      server = await open(port);
    },
    close: async () => {
      const left = sidecar.stop();
      await subscriber.untilQuiet();
      stopping.abort();
      await left;
      await client.close();
      await server.close(0);
    },
  };
}
