/** Replicas of a service share its work over the partitions of Kafka; what belongs together stays in order. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Order } from '@ecommercestack/contracts';
import { systemClock, type Message } from '@ecommercestack/kit';
import { startKafka } from '@ecommercestack/local/parts';
import { orderOf } from '../src/client.ts';
import { eventually } from '../src/eventually.ts';
import { readSamples } from '../src/faults/metrics.ts';
import { openShop, type SufferingShop } from '../src/faults/shop.ts';
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

describe('a shop with replicas over Kafka', () => {
  const REPLICATED = ['order', 'inventory', 'payment'];
  let shop: SufferingShop;

  before(async () => {
    shop = await openShop('kafka');
  });
  after(() => shop.platform.stop());

  const running = async (appId: string) =>
    (await shop.platform.processes()).filter((each) => each.kind === 'service' && each.appId === appId);
  const untilRunning = (appId: string, count: number) =>
    eventually(`${count} of ${appId}`, async () => (await running(appId)).length === count, LIMIT);

  /** By process: how many messages it has handled. */
  async function handledBy(appId: string): Promise<readonly number[]> {
    const replicas = await running(appId);
    return Promise.all(
      replicas.map(async ({ ports }) => {
        const samples = await readSamples(`http://127.0.0.1:${ports['admin']}/metrics`);
        return samples
          .filter(({ name, labels }) => name === 'message_handled_total' && labels['result'] === 'handled')
          .reduce((sum, { value }) => sum + value, 0);
      }),
    );
  }

  test('all of them handle messages, and nothing is lost or doubled while they come and go', async () => {
    const load = shop.trade();
    await shop.scaleTo({ order: 2, inventory: 3, payment: 2 });
    await untilRunning('inventory', 3);
    for (const service of REPLICATED) {
      await eventually(
        `every replica of ${service} handles messages`,
        async () => (await handledBy(service)).every((handled) => handled > 0),
        LIMIT,
      );
    }
    await shop.scaleTo({ order: 3, inventory: 2, payment: 1 });
    await untilRunning('order', 3);
    await untilRunning('inventory', 2);
    await untilRunning('payment', 1);
    await eventually(
      'the third order process handles messages',
      async () => {
        const handled = await handledBy('order');
        return handled.length === 3 && handled.every((count) => count > 0);
      },
      LIMIT,
    );
    await shop.judge(load);
    // A sidecar that a busy machine kept from asking its app for its health refuses calls meanwhile.
    for (const failure of load.failures) assert.match(failure, /^503 .*upstream-unavailable/);
  });

  test('who waits for an order hears of its end, whichever replica brings it about', async () => {
    for (let turn = 0; turn < 6; turn += 1) {
      const placed = await shop.admin.order(orderOf('SUFFER'));
      assert.equal(placed.body.status, 'CONFIRMED');
      const followed = await shop.admin.post<Order>('/api/orders', orderOf('SUFFER'));
      const events = await shop.admin.events(`/api/orders/${followed.body.orderId}/stream`, () => false);
      assert.equal((events.at(-1)?.data as Order | undefined)?.status, 'CONFIRMED');
    }
  });
});
