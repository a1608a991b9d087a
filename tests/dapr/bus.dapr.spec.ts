/** The contract of the in-process bus, kept by sidecars over real brokers. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe } from 'node:test';
import { busContract } from '@ecommercestack/kit/testing';
import type { MakeBus } from '@ecommercestack/kit/testing';
import { startKafka, startRedis } from '@ecommercestack/local/parts';
import { kafkaPubSub, redisPubSub } from '../src/sidecars/components.ts';
import { startReader } from '../src/sidecars/reader.ts';

let dir: string;
before(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'ecommercestack-bus-'));
});
after(() => rm(dir, { recursive: true, force: true }));

/** One app and one sidecar for each consumer. */
const busOver =
  (pubsub: () => string, partitions: number): MakeBus =>
  async (subscriptions, attempts) => {
    const consumers = Map.groupBy(subscriptions, ({ consumer }) => consumer);
    const readers = await Promise.all(
      [...consumers].map(([appId, own]) =>
        startReader({ appId, dir, pubsub: pubsub(), partitions, subscriptions: own, attempts }),
      ),
    );
    const [first] = readers;
    if (first === undefined) throw new Error('a bus without a consumer has no sidecar to publish by');
    return {
      publisher: first.publisher,
      deadLetters: async () =>
        readers.flatMap(({ deadLetters }) =>
          deadLetters.map(({ consumer, message }) => ({ consumer, messageId: message.id })),
        ),
      close: async () => {
        await Promise.all(readers.map((reader) => reader.close()));
      },
    };
  };

describe('Redis Streams', () => {
  let redis: Awaited<ReturnType<typeof startRedis>>;
  before(async () => {
    redis = await startRedis({ dir: path.join(dir, 'redis') });
  });
  after(() => redis.stop());
  const component = (concurrency: number) => () => redisPubSub(redis.address, concurrency);
  busContract('Redis Streams, one at a time', busOver(component(1), 1), { ordering: 'per-key' });
  busContract('Redis Streams', busOver(component(128), 1), { ordering: 'none' });
});

describe('Kafka', () => {
  let kafka: Awaited<ReturnType<typeof startKafka>>;
  before(async () => {
    kafka = await startKafka({ dir: path.join(dir, 'kafka') });
  });
  after(() => kafka.stop());
  const component = () => kafkaPubSub(kafka.brokers);
  busContract('Kafka', busOver(component, 5), { ordering: 'per-key' });
});
