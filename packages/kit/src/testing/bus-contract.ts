/** What every bus must do, whatever carries the messages. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, it } from 'node:test';
import type { Message, Publisher, Subscription } from '../ports.ts';
import { eventually } from './eventually.ts';

export interface BusUnderTest {
  readonly publisher: Publisher;
  /** Ids of the messages that were set aside, with the consumer that could not handle them. */
  deadLetters(): Promise<readonly { readonly consumer: string; readonly messageId: string }[]>;
  close(): Promise<void>;
}

export interface BusCapabilities {
  /** `per-key`: messages of one key arrive in the order of publishing. `none`: each arrives, whenever. */
  readonly ordering: 'per-key' | 'none';
}

/** Makes a bus with these subscriptions, whose retries are short and give up after `attempts`. */
export type MakeBus = (subscriptions: readonly Subscription[], attempts: number) => Promise<BusUnderTest>;

interface Scene {
  readonly topic: string;
  readonly message: (id: string, key?: string, data?: unknown) => Message;
  readonly consumer: (handle: Subscription['handle'], name?: string) => Subscription;
}

const ATTEMPTS = 3;

export function busContract(
  name: string,
  makeBus: MakeBus,
  { ordering }: BusCapabilities = { ordering: 'per-key' },
): void {
  const test = (title: string, run: (scene: Scene, start: Start) => Promise<void>): void => {
    it(title, async () => {
      const opened: BusUnderTest[] = [];
      try {
        await run(createScene(), async (subscriptions) => {
          const bus = await makeBus(subscriptions, ATTEMPTS);
          opened.push(bus);
          return bus;
        });
      } finally {
        for (const bus of opened) await bus.close();
      }
    });
  };
  describe(`${name}: bus contract`, () => {
    deliveryTests(test);
    concurrencyTests(test, ordering);
    if (ordering === 'per-key') orderTests(test);
    failureTests(test);
  });
}

type Start = (subscriptions: readonly Subscription[]) => Promise<BusUnderTest>;
type Test = (title: string, run: (scene: Scene, start: Start) => Promise<void>) => void;

function deliveryTests(test: Test): void {
  test('every consumer of a topic gets every message, unchanged', async ({ consumer, message }, start) => {
    const seen = { one: [] as Message[], two: [] as Message[] };
    const bus = await start([
      consumer(record(seen.one), `one-${randomUUID()}`),
      consumer(record(seen.two), `two-${randomUUID()}`),
    ]);
    const data = { text: 'grüße', list: [1, { nested: null }], flag: true };
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const sent = { ...message('1', 'key', data), traceparent };
    assert.deepEqual(await bus.publisher.publish([sent]), [{ ok: true }]);
    await eventually(() => assert.deepEqual(seen, { one: [sent], two: [sent] }));
  });

  test('a message of another topic does not arrive', async ({ consumer, message, topic }, start) => {
    const seen: Message[] = [];
    const bus = await start([consumer(record(seen))]);
    await bus.publisher.publish([{ ...message('other'), topic: `${topic}-other` }]);
    await bus.publisher.publish([message('mine')]);
    await eventually(() => assert.deepEqual(ids(seen), ['mine']));
  });

  test('publish answers once per message', async ({ consumer, message }, start) => {
    const bus = await start([consumer(record([]))]);
    const outcomes = await bus.publisher.publish([message('1', 'a'), message('2', 'b'), message('3', 'a')]);
    assert.deepEqual(outcomes, [{ ok: true }, { ok: true }, { ok: true }]);
    assert.deepEqual(await bus.publisher.publish([]), []);
  });
}

function concurrencyTests(test: Test, ordering: BusCapabilities['ordering']): void {
  test('nothing is lost by concurrent publishers, or reordered where the bus keeps an order', async ({
    consumer,
    message,
  }, start) => {
    const seen: Message[] = [];
    const bus = await start([consumer(record(seen))]);
    const batches = Array.from({ length: 20 }, (_, publisher) =>
      Array.from({ length: 25 }, (_unused, index) => message(`${publisher}:${index}`, `key-${publisher}`)),
    );
    const outcomes = await Promise.all(batches.map((batch) => bus.publisher.publish(batch)));
    assert.ok(outcomes.flat().every(({ ok }) => ok));
    await eventually(() => assert.equal(new Set(ids(seen)).size, 500));
    if (ordering === 'per-key') assertOrdered(seen, batches.flat());
  });
}

function orderTests(test: Test): void {
  test('messages of one key arrive in order', async ({ consumer, message }, start) => {
    const seen: Message[] = [];
    const bus = await start([consumer(record(seen))]);
    const sent = Array.from({ length: 60 }, (_, index) => message(`${index}`, `key-${index % 3}`));
    await bus.publisher.publish(sent);
    await eventually(() => assert.equal(seen.length, sent.length));
    assertOrdered(seen, sent);
  });

  test('a retried message keeps its place before its successors', async ({ consumer, message }, start) => {
    const acknowledged: string[] = [];
    let failures = 0;
    const handle: Subscription['handle'] = async ({ id }) => {
      if (id === 'first' && failures < 2) {
        failures += 1;
        return { kind: 'retry', reason: 'not yet' };
      }
      acknowledged.push(id);
      return { kind: 'ack' };
    };
    const bus = await start([consumer(handle)]);
    await bus.publisher.publish([message('first'), message('second'), message('third')]);
    await eventually(() => assert.deepEqual(acknowledged, ['first', 'second', 'third']));
  });
}

function failureTests(test: Test): void {
  test('a handler that throws gets the message again', async ({ consumer, message }, start) => {
    const seen: Message[] = [];
    const handle: Subscription['handle'] = async (received) => {
      seen.push(received);
      if (seen.length === 1) throw new Error('a passing failure');
      return { kind: 'ack' };
    };
    const bus = await start([consumer(handle)]);
    const sent = message('1');
    await bus.publisher.publish([sent]);
    await eventually(() => assert.deepEqual(seen, [sent, sent]));
    assert.deepEqual(await bus.deadLetters(), []);
  });

  test('after the last attempt the message is set aside', async ({ consumer, message }, start) => {
    let attempts = 0;
    const failing = consumer(async () => {
      attempts += 1;
      throw new Error('a lasting failure');
    });
    const bus = await start([failing]);
    await bus.publisher.publish([message('poison')]);
    const expected = [{ consumer: failing.consumer, messageId: 'poison' }];
    await eventually(async () => assert.deepEqual(await bus.deadLetters(), expected));
    assert.equal(attempts, ATTEMPTS);
  });

  test('a dropped message is set aside without another attempt', async ({ consumer, message }, start) => {
    let attempts = 0;
    const dropping = consumer(async () => {
      attempts += 1;
      return { kind: 'drop', reason: 'not a message of ours' };
    });
    const bus = await start([dropping]);
    await bus.publisher.publish([message('strange')]);
    const expected = [{ consumer: dropping.consumer, messageId: 'strange' }];
    await eventually(async () => assert.deepEqual(await bus.deadLetters(), expected));
    assert.equal(attempts, 1);
  });

  test('a poison message holds up neither other keys nor, in the end, its own', async (scene, start) => {
    const seen: Message[] = [];
    const poisoned = scene.consumer(async (received) => {
      if (received.id === 'poison') throw new Error('a lasting failure');
      seen.push(received);
      return { kind: 'ack' };
    });
    const bus = await start([poisoned]);
    await bus.publisher.publish([
      scene.message('poison', 'sick'),
      scene.message('behind', 'sick'),
      ...Array.from({ length: 10 }, (_, index) => scene.message(`well-${index}`, `well-${index}`)),
    ]);
    await eventually(() => assert.equal(new Set(ids(seen)).size, 11));
    await eventually(async () => assert.equal((await bus.deadLetters()).length, 1));
  });

  test('one consumer failing does not repeat the message to the others', async (scene, start) => {
    const well: Message[] = [];
    const bus = await start([
      scene.consumer(async () => ({ kind: 'drop', reason: 'no' }), `failing-${randomUUID()}`),
      scene.consumer(record(well), `well-${randomUUID()}`),
    ]);
    await bus.publisher.publish([scene.message('1')]);
    await eventually(async () => assert.equal((await bus.deadLetters()).length, 1));
    await eventually(() => assert.deepEqual(ids(well), ['1']));
  });
}

/** Names of their own, so that tests can share a broker. */
function createScene(): Scene {
  const topic = `contract-${randomUUID()}`;
  const group = `consumer-${randomUUID()}`;
  return {
    topic,
    message: (id, key = 'key', data = { id }) => ({
      id,
      topic,
      key,
      type: 'something-happened',
      time: new Date().toISOString(),
      source: 'contract',
      data,
    }),
    consumer: (handle, name = group) => ({ topic, consumer: name, handle }),
  };
}

function record(into: Message[]): Subscription['handle'] {
  return async (message) => {
    into.push(message);
    return { kind: 'ack' };
  };
}

function ids(messages: readonly Message[]): readonly string[] {
  return messages.map(({ id }) => id);
}

/** First arrivals are in the order of sending; a repeat may come at any time. */
function assertOrdered(seen: readonly Message[], sent: readonly Message[]): void {
  const keys = new Set(sent.map(({ key }) => key));
  const firstOf = (key: string) => [...new Set(ids(seen.filter((message) => message.key === key)))];
  for (const key of keys) assert.deepEqual(firstOf(key), ids(sent.filter((message) => message.key === key)));
}
