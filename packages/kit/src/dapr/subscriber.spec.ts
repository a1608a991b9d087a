import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fetch } from 'undici';
import { listen } from '../http/listen.ts';
import { createMetrics } from '../kit-metrics.ts';
import type { Delivery, Message } from '../ports.ts';
import { eventually, fakeClock, memoryLogger } from '../testing.ts';
import { createAppHandler } from './app-handler.ts';
import { toCloudEvent, toEnvelope } from './cloud-event.ts';
import { createSubscriber } from './subscriber.ts';

const TOPIC = 'order.events';
const clock = fakeClock();
const ack: Delivery = { kind: 'ack' };

function message(id: string, key = id): Message {
  const time = clock.now().toISOString();
  return { id, topic: TOPIC, key, type: 'happened', time, source: 'order', data: { id } };
}

interface Letter {
  readonly consumer: string;
  readonly message: Message;
  readonly reason: string;
  readonly attempts: number;
}

/** A subscriber behind its port, delivered to as a sidecar does. */
async function startSubscriber(
  handle: (message: Message) => Promise<Delivery>,
  record: (letter: Letter) => Promise<string> = async () => '1',
) {
  const stopping = new AbortController();
  const parts = { logger: memoryLogger(), metrics: createMetrics({ service: 'test' }), clock };
  const subscriber = createSubscriber({
    ...parts,
    appId: 'notification',
    subscriptions: [{ topic: TOPIC, consumer: 'notification', handle }],
    deadLetters: { record },
    stopping: stopping.signal,
    retry: { attempts: 2, baseMs: 1, maxMs: 2 },
  });
  const { deliver } = subscriber;
  const handler = createAppHandler({ ...parts, deliver, routers: [], isReady: async () => true });
  const server = await listen(handler, { port: 0, host: '127.0.0.1' });
  const post = async (path: string, body: unknown, type = 'application/cloudevents+json') => {
    const headers = { 'content-type': type };
    const response = await fetch(server.url + path, { method: 'POST', headers, body: JSON.stringify(body) });
    const text = await response.text();
    return { status: response.status, body: text === '' ? undefined : (JSON.parse(text) as unknown) };
  };
  return {
    stop: () => stopping.abort(),
    untilQuiet: subscriber.untilQuiet,
    single: (event: unknown) => post(`/messages/${TOPIC}`, event),
    together: async (sent: readonly Message[], strange: readonly unknown[] = []) => {
      const events = [...sent.map(toCloudEvent), ...strange].map((event) => JSON.stringify(event));
      const envelope = toEnvelope(sent[0] ?? message('none'), events);
      return (await post(`/messages/${TOPIC}`, JSON.parse(envelope))).body;
    },
    post,
    [Symbol.asyncDispose]: () => server.close(0),
  };
}

describe('a single delivery', () => {
  it('is acknowledged once it is handled, whatever that came to', async () => {
    const deliveries: Delivery[] = [
      ack,
      { kind: 'retry', reason: 'not yet' },
      { kind: 'ack', as: 'duplicate' },
    ];
    await using subscriber = await startSubscriber(async () => deliveries.shift() ?? ack);
    for (const id of ['1', '2']) {
      const answer = await subscriber.single(toCloudEvent(message(id)));
      assert.deepEqual(answer, { status: 200, body: { status: 'SUCCESS' } });
    }
    assert.deepEqual(deliveries, []);
  });

  it('is acknowledged once it is set aside, with its reason', async () => {
    const letters: Letter[] = [];
    const keep = async (letter: Letter) => String(letters.push(letter));
    await using subscriber = await startSubscriber(
      async () => Promise.reject(new Error('no such table')),
      keep,
    );
    assert.deepEqual((await subscriber.single(toCloudEvent(message('1')))).body, { status: 'SUCCESS' });
    assert.deepEqual(letters, [
      { consumer: 'notification', message: message('1'), reason: 'no such table', attempts: 2 },
    ]);
  });

  it('of what is no message is set aside', async () => {
    const letters: Letter[] = [];
    const keep = async (letter: Letter) => String(letters.push(letter));
    await using subscriber = await startSubscriber(async () => ack, keep);
    assert.deepEqual((await subscriber.single({ id: 'strange' })).body, { status: 'SUCCESS' });
    assert.deepEqual(
      letters.map(({ message: { id, topic }, reason }) => ({ id, topic, reason })),
      [{ id: 'strange', topic: 'unknown', reason: 'not a message of this platform' }],
    );
  });

  it('of what is no message is offered again while it cannot be set aside', async () => {
    const away = async () => Promise.reject(new Error('the database is away'));
    await using subscriber = await startSubscriber(async () => ack, away);
    assert.equal((await subscriber.single({ id: 'strange' })).status, 500);
  });

  it('of a topic that nobody reads fails, as the sidecar throws away what is answered with 404', async () => {
    await using subscriber = await startSubscriber(async () => ack);
    assert.equal((await subscriber.post('/messages/other', toCloudEvent(message('1')))).status, 500);
  });

  it('that waits for another attempt goes back when the service stops', async () => {
    let attempts = 0;
    await using subscriber = await startSubscriber(
      async () => {
        attempts += 1;
        return { kind: 'drop', reason: 'bad' };
      },
      async () => Promise.reject(new Error('the database is away')),
    );
    const answer = subscriber.single(toCloudEvent(message('1')));
    await eventually(() => assert.equal(attempts, 1));
    subscriber.stop();
    assert.deepEqual((await answer).body, { status: 'RETRY' });
  });
});

describe('a delivery of several messages', () => {
  it('is handled key by key, each in its order', async () => {
    const running = new Set<string>();
    const seen: string[] = [];
    let most = 0;
    await using subscriber = await startSubscriber(async ({ id, key }) => {
      assert.ok(!running.has(key), 'two messages of one key at the same time');
      running.add(key);
      most = Math.max(most, running.size);
      await new Promise(setImmediate);
      running.delete(key);
      seen.push(id);
      return ack;
    });
    const sent = Array.from({ length: 12 }, (_, index) => message(`${index}`, `key-${index % 3}`));
    assert.deepEqual(await subscriber.together(sent), { status: 'SUCCESS' });
    assert.equal(most, 3);
    for (const rest of [0, 1, 2]) {
      const ofKey = seen.filter((id) => Number(id) % 3 === rest);
      assert.deepEqual(
        ofKey,
        ofKey.toSorted((a, b) => Number(a) - Number(b)),
      );
    }
  });

  it('sets aside what cannot be handled itself, and goes on behind it', async () => {
    const letters: Letter[] = [];
    const handle = async ({ id }: Message): Promise<Delivery> =>
      id === 'poison' ? { kind: 'retry', reason: 'a lasting failure' } : ack;
    await using subscriber = await startSubscriber(handle, async (letter) => String(letters.push(letter)));
    const sent = [message('poison', 'k'), message('behind', 'k'), message('beside', 'l')];
    assert.deepEqual(await subscriber.together(sent, [{ strange: true }]), { status: 'SUCCESS' });
    const reasons = letters.map(({ reason }) => reason).toSorted();
    assert.deepEqual(reasons, ['a lasting failure', 'not a message of this platform']);
  });

  it('goes back whole when the service stops before all of it is settled, and begins nothing more', async () => {
    const handled: string[] = [];
    const stuck = Promise.withResolvers<void>();
    const handle = async ({ id }: Message): Promise<Delivery> => {
      if (id !== 'stuck') {
        handled.push(id);
        return ack;
      }
      stuck.resolve();
      return { kind: 'drop', reason: 'bad' };
    };
    const away = async () => Promise.reject(new Error('the database is away'));
    await using subscriber = await startSubscriber(handle, away);
    const sent = [
      message('first', 'k'),
      message('stuck', 'k'),
      message('third', 'k'),
      message('beside', 'l'),
    ];
    const answer = subscriber.together(sent);
    await stuck.promise;
    subscriber.stop();
    assert.deepEqual(await answer, { status: 'RETRY' });
    assert.deepEqual(handled.toSorted(), ['beside', 'first']);
  });
});

describe('a subscriber that is about to stop', () => {
  it('is quiet when nothing is handled any more and nothing has come for a while', async () => {
    const gate = Promise.withResolvers<Delivery>();
    await using subscriber = await startSubscriber(async ({ id }) => (id === 'slow' ? gate.promise : ack));
    const slow = subscriber.single(toCloudEvent(message('slow')));
    let isQuiet = false;
    const quiet = subscriber.untilQuiet().then(() => (isQuiet = true));
    await subscriber.single(toCloudEvent(message('1')));
    assert.equal(isQuiet, false);
    // As long as the quiet lasts, and some: one is still being handled.
    await new Promise((resolve) => setTimeout(resolve, 600));
    assert.equal(isQuiet, false);
    gate.resolve(ack);
    await slow;
    assert.equal(isQuiet, false);
    await quiet;
  });
});

describe('the dead letters of a sidecar', () => {
  it('are kept as messages of their topic, and fail where they cannot be kept', async () => {
    const letters: Letter[] = [];
    let isAway = true;
    await using subscriber = await startSubscriber(
      async () => ack,
      async (letter) => {
        if (isAway) throw new Error('the database is away');
        return String(letters.push(letter));
      },
    );
    assert.equal((await subscriber.post('/dead-letters', toCloudEvent(message('1')))).status, 500);
    isAway = false;
    const kept = await subscriber.post('/dead-letters', toCloudEvent(message('1')));
    assert.deepEqual(kept, { status: 200, body: { status: 'SUCCESS' } });
    assert.deepEqual(
      letters.map(({ consumer, message: { id } }) => ({ consumer, id })),
      [{ consumer: 'notification', id: '1' }],
    );
  });

  it('are kept each on its own where they were on their way together', async () => {
    const letters: Letter[] = [];
    const keep = async (letter: Letter) => String(letters.push(letter));
    await using subscriber = await startSubscriber(async () => ack, keep);
    const sent = [message('1'), message('2')];
    const events = sent.map((each) => JSON.stringify(toCloudEvent(each)));
    const raw = { data_base64: Buffer.from(toEnvelope(message('1'), events)).toString('base64') };
    assert.equal((await subscriber.post('/dead-letters', raw)).status, 200);
    assert.deepEqual(
      letters.map((letter) => letter.message),
      sent,
    );
  });
});
