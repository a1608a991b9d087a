/** What becomes of messages that a sidecar cannot hand over, and of what is no message at all. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import type { Message, Subscription } from '@ecommercestack/kit';
import { eventually } from '@ecommercestack/kit/testing';
import { startKafka, startRedis } from '@ecommercestack/local/parts';
import { fetch } from 'undici';
import { kafkaPubSub, redisPubSub } from '../src/sidecars/components.ts';
import { startReader } from '../src/sidecars/reader.ts';
import type { Reader, ReaderOptions } from '../src/sidecars/reader.ts';

let dir: string;
before(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'ecommercestack-deliveries-'));
});
after(() => rm(dir, { recursive: true, force: true }));

describe('Redis Streams', () => {
  let redis: Awaited<ReturnType<typeof startRedis>>;
  before(async () => {
    redis = await startRedis({ dir: path.join(dir, 'redis') });
  });
  after(() => redis.stop());
  deliveryTests(() => redisPubSub(redis.address, 128, '500ms'), 1);
});

describe('Kafka', () => {
  let kafka: Awaited<ReturnType<typeof startKafka>>;
  before(async () => {
    kafka = await startKafka({ dir: path.join(dir, 'kafka') });
  });
  after(() => kafka.stop());
  deliveryTests(() => kafkaPubSub(kafka.brokers), 5);
});

function deliveryTests(pubsub: () => string, partitions: number): void {
  const withReader = async (
    handle: Subscription['handle'],
    run: (reader: Reader, topic: string) => Promise<void>,
    options: Partial<ReaderOptions> = {},
  ): Promise<void> => {
    const appId = `reader-${randomUUID()}`;
    const topic = `topic-${randomUUID()}`;
    const subscriptions = [{ topic, consumer: appId, handle }];
    const reader = await startReader({
      appId,
      dir,
      partitions,
      subscriptions,
      pubsub: pubsub(),
      attempts: 3,
      ...options,
    });
    try {
      await run(reader, topic);
    } finally {
      await reader.close();
    }
  };

  it('what was not a message is set aside with what it was, and its neighbours are handled', async () => {
    const handled: string[] = [];
    const handle: Subscription['handle'] = async ({ id }) => {
      handled.push(id);
      return { kind: 'ack' };
    };
    await withReader(handle, async ({ publisher, sidecar, deadLetters }, topic) => {
      const publishRaw = (body: string, query = '') =>
        fetch(`${sidecar.url}/v1.0/publish/pubsub/${topic}${query}`, { method: 'POST', body });
      await publisher.publish([messageOf(topic, 'before')]);
      // What another program might publish here: its own CloudEvent, and bytes without any form.
      await publishRaw('a text');
      await publishRaw('no JSON at all', '?metadata.rawPayload=true');
      await publisher.publish([messageOf(topic, 'after')]);
      await eventually(() => assert.deepEqual([...new Set(handled)].toSorted(), ['after', 'before']));
      await eventually(() => assert.equal(new Set(deadLetters.map(({ message }) => message.id)).size, 2));
      for (const { reason } of deadLetters) assert.equal(reason, 'not a message of this platform');
      const kept = deadLetters.map(({ message }) => JSON.stringify(message.data));
      assert.ok(
        kept.some((data) => data.includes('a text')) && kept.some((data) => data.includes('no JSON')),
      );
    });
  });

  it('a message whose handler is away is handed over when it is back', async () => {
    const handled: Message[] = [];
    const handle: Subscription['handle'] = async (message) => {
      handled.push(message);
      return { kind: 'ack' };
    };
    await withReader(handle, async (reader, topic) => {
      await reader.leave();
      const sent = [messageOf(topic, '1'), messageOf(topic, '2')];
      assert.deepEqual(await reader.publisher.publish(sent), [{ ok: true }, { ok: true }]);
      await pause(1_000);
      await reader.comeBack();
      await eventually(() => assert.deepEqual(new Set(handled.map(({ id }) => id)), new Set(['1', '2'])));
      assert.deepEqual(reader.deadLetters, []);
    });
  });

  it('one whose handler stays away is set aside as it was, and told from one that was tried', async () => {
    const handle: Subscription['handle'] = async () => ({ kind: 'ack' });
    await withReader(
      handle,
      async (reader, topic) => {
        const sent = messageOf(topic, 'lost');
        await reader.leave();
        await reader.publisher.publish([sent]);
        await pause(2_000);
        await reader.comeBack();
        await eventually(() => assert.notEqual(reader.deadLetters.length, 0));
        const [letter] = reader.deadLetters;
        assert.deepEqual(letter?.message, sent);
        assert.match(letter.reason, /the sidecar gave it up/);
      },
      { maxRetries: 5 },
    );
  });

  it('an outage of what the handler needs sets nothing aside, however long it lasts', async () => {
    let isUp = false;
    let failures = 0;
    const handled: string[] = [];
    const handle: Subscription['handle'] = async ({ id }) => {
      if (!isUp) {
        failures += 1;
        throw new Error('the database is away');
      }
      handled.push(id);
      return { kind: 'ack' };
    };
    const isReady = async () => isUp;
    await withReader(
      handle,
      async ({ publisher, deadLetters }, topic) => {
        await publisher.publish([messageOf(topic, '1'), messageOf(topic, '2', 'other')]);
        await eventually(() => assert.ok(failures > 20));
        isUp = true;
        await eventually(() => assert.deepEqual([...new Set(handled)].toSorted(), ['1', '2']));
        assert.deepEqual(deadLetters, []);
      },
      { isReady },
    );
  });
}

function messageOf(topic: string, id: string, key = 'key'): Message {
  const time = new Date().toISOString();
  return { id, topic, key, type: 'something-happened', time, source: 'spec', data: { id } };
}
