import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { createBus } from './bus.ts';
import type { BusOptions } from './bus.ts';
import { createMetrics } from './kit-metrics.ts';
import { renderMetrics } from './metrics.ts';
import type { Delivery, Message } from './ports.ts';
import { busContract, eventually, fakeClock, faultyBus, memoryLogger } from './testing.ts';

const clock = fakeClock();

function makeBus(overrides: Partial<BusOptions> = {}) {
  const metrics = createMetrics({ service: 'test' });
  const deadLetters: { consumer: string; messageId: string; reason: string; attempts: number }[] = [];
  const bus = createBus({
    logger: memoryLogger(),
    metrics,
    clock,
    retry: { attempts: 3, baseMs: 1, maxMs: 4 },
    onDeadLetter: async ({ consumer }, { id }, reason, attempts) => {
      deadLetters.push({ consumer, messageId: id, reason, attempts });
    },
    ...overrides,
  });
  return { bus, metrics, deadLetters };
}

function message(id: string, key = 'key'): Message {
  const time = clock.now().toISOString();
  return { id, topic: 'topic', key, type: 'happened', time, source: 'test', data: {} };
}

const ack: Delivery = { kind: 'ack' };

busContract('in-process', async (subscriptions, attempts) => {
  const { bus, deadLetters } = makeBus({ retry: { attempts, baseMs: 1, maxMs: 4 } });
  for (const subscription of subscriptions) bus.subscribe(subscription);
  return {
    publisher: bus,
    deadLetters: async () => deadLetters.map(({ consumer, messageId }) => ({ consumer, messageId })),
    close: () => bus.close(),
  };
});

describe('in-process bus', () => {
  it('publish resolves only when every consumer has handled the message', async () => {
    const { bus } = makeBus();
    const gate = Promise.withResolvers<Delivery>();
    bus.subscribe({ topic: 'topic', consumer: 'quick', handle: async () => ack });
    bus.subscribe({ topic: 'topic', consumer: 'slow', handle: () => gate.promise });
    let resolved = false;
    const publishing = bus.publish([message('1')]).then((outcomes) => {
      resolved = true;
      return outcomes;
    });
    await new Promise(setImmediate);
    assert.equal(resolved, false);
    gate.resolve(ack);
    assert.deepEqual(await publishing, [{ ok: true }]);
  });

  it('different keys are handled at the same time, one key is not', async () => {
    const { bus } = makeBus();
    const running = new Set<string>();
    let most = 0;
    const handle = async ({ key }: Message) => {
      assert.ok(!running.has(key), 'two messages of one key at the same time');
      running.add(key);
      most = Math.max(most, running.size);
      await new Promise(setImmediate);
      running.delete(key);
      return ack;
    };
    bus.subscribe({ topic: 'topic', consumer: 'c', handle });
    await bus.publish(Array.from({ length: 40 }, (_, index) => message(`${index}`, `key-${index % 4}`)));
    assert.equal(most, 4);
  });

  it('nobody interested is no failure', async () => {
    assert.deepEqual(await makeBus().bus.publish([message('1')]), [{ ok: true }]);
  });

  it('an ended subscription gets nothing more', async () => {
    const { bus } = makeBus();
    const seen: string[] = [];
    const handle = async ({ id }: Message) => {
      seen.push(id);
      return ack;
    };
    const end = bus.subscribe({ topic: 'topic', consumer: 'c', handle });
    await bus.publish([message('1')]);
    end();
    await bus.publish([message('2')]);
    assert.deepEqual(seen, ['1']);
  });

  it('a dead letter that cannot be stored is tried until it can, and publish waits', async () => {
    let failures = 5;
    const stored: string[] = [];
    const { bus } = makeBus({
      onDeadLetter: async (_subscription, { id }) => {
        failures -= 1;
        if (failures > 0) throw new Error('the database is away');
        stored.push(id);
      },
    });
    bus.subscribe({ topic: 'topic', consumer: 'c', handle: async () => ({ kind: 'drop', reason: 'bad' }) });
    assert.deepEqual(await bus.publish([message('1')]), [{ ok: true }]);
    assert.deepEqual(stored, ['1']);
  });

  it('gives the dead letter its reason and its attempts', async () => {
    const { bus, deadLetters } = makeBus();
    bus.subscribe({
      topic: 'topic',
      consumer: 'c',
      handle: async () => {
        throw new Error('no such table');
      },
    });
    await bus.publish([message('1')]);
    assert.deepEqual(deadLetters, [{ consumer: 'c', messageId: '1', reason: 'no such table', attempts: 3 }]);
  });

  it('counts what became of the deliveries, and how old the messages were', async () => {
    const { bus, metrics } = makeBus();
    const deliveries: Delivery[] = [{ kind: 'retry', reason: 'x' }, ack, { kind: 'ack', as: 'duplicate' }];
    bus.subscribe({ topic: 'topic', consumer: 'c', handle: async () => deliveries.shift() ?? ack });
    const sent = [message('1'), message('2')];
    clock.advance(4_000);
    await bus.publish(sent);
    const { body } = await renderMetrics(metrics.registry);
    const handled = (result: string) =>
      `message_handled_total{service="test",consumer="c",result="${result}"} 1`;
    for (const result of ['failed', 'handled', 'duplicate'])
      assert.ok(body.includes(handled(result)), result);
    assert.ok(body.includes('message_age_seconds_sum{service="test",consumer="c"} 8'));
  });
});

describe('closing the in-process bus', () => {
  it('lets a running handler finish', async () => {
    const { bus } = makeBus();
    const gate = Promise.withResolvers<Delivery>();
    bus.subscribe({ topic: 'topic', consumer: 'c', handle: () => gate.promise });
    const publishing = bus.publish([message('1')]);
    await new Promise(setImmediate);
    let closed = false;
    const closing = (async () => {
      await bus.close();
      closed = true;
    })();
    await new Promise(setImmediate);
    assert.equal(closed, false);
    gate.resolve(ack);
    await closing;
    assert.deepEqual(await publishing, [{ ok: true }]);
  });

  it('fails what waits for a retry or for its turn, so that its sender keeps it', async () => {
    const { bus, deadLetters } = makeBus({ retry: { attempts: 9, baseMs: 60_000, maxMs: 60_000 } });
    let attempts = 0;
    bus.subscribe({
      topic: 'topic',
      consumer: 'c',
      handle: async () => {
        attempts += 1;
        return { kind: 'retry', reason: 'not yet' };
      },
    });
    const publishing = bus.publish([message('waits for a retry'), message('waits for its turn')]);
    await eventually(() => assert.equal(attempts, 1));
    await bus.close();
    assert.deepEqual(
      (await publishing).map(({ ok }) => ok),
      [false, false],
    );
    assert.deepEqual({ attempts, deadLetters }, { attempts: 1, deadLetters: [] });
  });

  it('refuses what comes after', async () => {
    const { bus } = makeBus();
    await bus.close();
    assert.deepEqual(
      (await bus.publish([message('1')])).map(({ ok }) => ok),
      [false],
    );
  });

  it('drain waits for all that is queued', async () => {
    const { bus } = makeBus();
    let handled = 0;
    const handle = async () => {
      await new Promise(setImmediate);
      handled += 1;
      return ack;
    };
    bus.subscribe({ topic: 'topic', consumer: 'c', handle });
    const publishing = bus.publish([message('1'), message('2'), message('3', 'other')]);
    await bus.drain();
    assert.equal(handled, 3);
    await publishing;
  });
});

describe('faulty bus', () => {
  it('fails before and after the effect, and never so often that a message is given up', async () => {
    const { bus, deadLetters } = makeBus();
    const faulty = faultyBus(bus, 1, { duplicate: 0, replay: 0, delay: 0, failure: 0.5 });
    const handled: string[] = [];
    faulty.subscribe({
      topic: 'topic',
      consumer: 'c',
      handle: async ({ id }) => {
        handled.push(id);
        return ack;
      },
    });
    const sent = Array.from({ length: 30 }, (_, index) => message(`${index}`, `key-${index}`));
    await faulty.publish(sent);
    const times = sent.map(({ id }) => handled.filter((each) => each === id).length);
    assert.ok(
      times.every((count) => count >= 1 && count <= 3),
      times.join(', '),
    );
    assert.ok(
      times.some((count) => count > 1),
      'no acknowledgement was lost',
    );
    assert.deepEqual(deadLetters, []);
  });

  it('repeats and overtakes, but loses nothing and keeps first arrivals of a key in order', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer(), async (seed) => {
        const { bus } = makeBus();
        const faulty = faultyBus(bus, seed, { duplicate: 0.3, replay: 0.3, delay: 0.3, delayMs: 1 });
        const seen: Message[] = [];
        const handle = async (received: Message) => {
          seen.push(received);
          return ack;
        };
        faulty.subscribe({ topic: 'topic', consumer: 'c', handle });
        const sent = Array.from({ length: 30 }, (_, index) => message(`${index}`, `key-${index % 3}`));
        await faulty.publish(sent);
        assert.ok(seen.length > sent.length, 'no fault happened');
        for (const key of ['key-0', 'key-1', 'key-2']) {
          const first = [...new Set(seen.filter((m) => m.key === key).map(({ id }) => id))];
          assert.deepEqual(
            first,
            sent.filter((m) => m.key === key).map(({ id }) => id),
          );
        }
      }),
      { numRuns: 20 },
    );
  });
});
