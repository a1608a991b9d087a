/** Replicas of a service share its work over the partitions of Kafka; what belongs together stays in order. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { systemClock, type Message } from '@ecommercestack/kit';
import { startKafka } from '@ecommercestack/local/parts';
import { eventually } from '../src/eventually.ts';
import { kafkaPubSub } from '../src/sidecars/components.ts';
import { startReader, type Reader } from '../src/sidecars/reader.ts';

const TOPIC = 'counted';
const KEYS = Array.from({ length: 50 }, (_, index) => `key-${index}`);
const LIMIT = { deadlineMs: 90_000 };

describe('replicas that read a topic with five partitions', () => {
  let dir: string;
  let kafka: Awaited<ReturnType<typeof startKafka>>;
  const open: Reader[] = [];
  const over = new AbortController();

  before(async () => {
    dir = await mkdtemp(path.join(tmpdir(), 'ecommercestack-scaling-'));
    kafka = await startKafka({ dir: path.join(dir, 'kafka') });
  });
  after(async () => {
    over.abort();
    await Promise.all(open.map((reader) => reader.close()));
    await kafka.stop();
    await rm(dir, { recursive: true, force: true });
  });

  test('share them, and keep the order of each key while they come and go', async () => {
    /** By replica: how many messages it was given. */
    const given = new Map<string, number>();
    /** By key: the numbers of its messages, each where it was handled for the first time, anywhere. */
    const firsts = new Map<string, number[]>(KEYS.map((key) => [key, []]));
    const start = async (replica: string): Promise<Reader> => {
      const reader = await startReader({
        appId: 'reader',
        dir: path.join(dir, replica),
        pubsub: kafkaPubSub(kafka.brokers),
        bulk: true,
        attempts: 3,
        subscriptions: [
          {
            topic: TOPIC,
            consumer: 'reader',
            handle: async ({ key, data }) => {
              await sleep(Math.random() * 4);
              given.set(replica, (given.get(replica) ?? 0) + 1);
              const { number } = data as { readonly number: number };
              const seen = firsts.get(key) ?? [];
              if (!seen.includes(number)) seen.push(number);
              return { kind: 'ack' };
            },
          },
        ],
      });
      open.push(reader);
      return reader;
    };
    const untilGiven = (replicas: readonly string[]) =>
      eventually(
        `${replicas.join()} are given messages`,
        async () => replicas.every((each) => given.has(each)),
        LIMIT,
      );

    const first = await start('first');
    const writing = write(first.publisher, over.signal);
    await untilGiven(['first']);
    const others = await Promise.all([start('second'), start('third')]);
    await untilGiven(['second', 'third']);
    open.splice(open.indexOf(others[0]), 1);
    await others[0].close();
    const fourth = await start('fourth');
    await untilGiven(['fourth']);
    const last = await writing.stop();
    await eventually(
      'everything has been handled',
      async () => [...firsts.values()].every(({ length }) => length === last),
      LIMIT,
    );
    for (const [key, numbers] of firsts) {
      const ascending = numbers.toSorted((a, b) => a - b);
      assert.deepEqual(numbers, ascending, key);
    }
    for (const { deadLetters } of [first, ...others, fourth]) assert.deepEqual(deadLetters, []);
  });
});

/** One message of each key after another, until it is stopped, which answers how many each has. */
function write(publisher: Reader['publisher'], over: AbortSignal): { stop(): Promise<number> } {
  const stopping = new AbortController();
  const end = AbortSignal.any([stopping.signal, over]);
  const run = async (): Promise<number> => {
    for (let number = 1; ; number += 1) {
      if (end.aborted) return number - 1;
      let waiting = KEYS.map((key) => messageOf(key, number));
      while (waiting.length > 0 && !over.aborted) {
        const outcomes = await publisher.publish(waiting);
        waiting = waiting.filter((_, index) => outcomes[index]?.ok !== true);
      }
      await sleep(20);
    }
  };
  const running = run();
  return {
    stop: () => {
      stopping.abort();
      return running;
    },
  };
}

function messageOf(key: string, number: number): Message {
  const time = systemClock.now().toISOString();
  return {
    id: `${key}-${number}`,
    topic: TOPIC,
    key,
    type: 'counted',
    time,
    source: 'spec',
    data: { number },
  };
}
