import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { createQueue, type Handled, type Queue } from './queue.ts';
import { virtualClock, type VirtualClock } from './spec/virtual-clock.ts';

interface Bench {
  readonly queue: Queue;
  readonly clock: VirtualClock;
  /** In order: `+key` for each beginning, `-key` for each end. */
  readonly log: readonly string[];
  /** Ends the look at a key. */
  readonly finish: (key: string, how?: Handled | Error) => Promise<void>;
  readonly inWork: () => readonly string[];
  readonly stop: () => Promise<void>;
}

function bench(workers = 2, failureWait = 0): Bench {
  const clock = virtualClock();
  const log: string[] = [];
  const open = new Map<string, (how: Handled | Error) => void>();
  const stopping = new AbortController();
  const queue = createQueue({
    workers,
    clock,
    random: () => 1,
    backoff: { baseMs: 5, maxMs: 1_000_000 },
    onFailure: () => failureWait,
    handle: async (key) => {
      assert.ok(!open.has(key), `${key} is in work twice`);
      log.push(`+${key}`);
      const { promise, resolve } = Promise.withResolvers<Handled | Error>();
      open.set(key, resolve);
      const how = await promise;
      log.push(`-${key}`);
      open.delete(key);
      if (how instanceof Error) throw how;
      return how;
    },
  });
  const running = queue.run(stopping.signal);
  return {
    queue,
    clock,
    log,
    inWork: () => [...open.keys()],
    finish: async (key, how = {}) => {
      open.get(key)?.(how);
      await clock.settle();
    },
    stop: async () => {
      stopping.abort();
      for (const end of open.values()) end({});
      await running;
    },
  };
}

describe('the queue', () => {
  test('looks at a key once, however often it is added before its turn', async () => {
    const { queue, clock, log, finish, stop } = bench(1);
    queue.add('first');
    for (let times = 0; times < 5; times += 1) queue.add('second');
    await clock.settle();
    assert.deepEqual(log, ['+first']);
    await finish('first');
    await finish('second');
    assert.deepEqual(log, ['+first', '-first', '+second', '-second']);
    assert.equal(queue.depth, 0);
    await stop();
  });

  test('looks again at a key that was added while it was in work, and not before it is finished', async () => {
    const { queue, clock, log, finish, stop } = bench(4);
    queue.add('shop');
    await clock.settle();
    queue.add('shop');
    queue.add('shop');
    await clock.settle();
    assert.deepEqual(log, ['+shop']);
    await finish('shop');
    assert.deepEqual(log, ['+shop', '-shop', '+shop']);
    await finish('shop');
    assert.equal(log.length, 4);
    await stop();
  });

  test('waits longer after each failure, from 5 ms to 1,000 s, and forgets them after a success', async () => {
    const { queue, clock, log, finish, stop } = bench(1);
    queue.add('poison');
    await clock.settle();
    const waits: number[] = [];
    for (let failure = 0; failure < 25; failure += 1) {
      await finish('poison', new Error('refused'));
      const before = clock.now();
      await clock.next();
      waits.push(clock.now() - before);
    }
    assert.deepEqual(waits.slice(0, 4), [5, 10, 20, 40]);
    assert.deepEqual(waits.slice(-2), [1_000_000, 1_000_000]);
    await finish('poison');
    queue.add('poison');
    await clock.settle();
    await finish('poison', new Error('refused'));
    const again = clock.now();
    await clock.next();
    assert.equal(clock.now() - again, 5);
    assert.equal(log.at(-1), '+poison');
    await stop();
  });

  test('waits as long as the failure asks for', async () => {
    const { queue, clock, finish, stop } = bench(1, 7_000);
    queue.add('shop');
    await clock.settle();
    await finish('shop', new Error('too many requests'));
    await clock.next();
    assert.equal(clock.now(), 7_000);
    await stop();
  });

  test('lets a poison key delay nobody', async () => {
    const { queue, clock, log, finish, stop } = bench(1);
    queue.add('poison');
    await clock.settle();
    await finish('poison', new Error('refused'));
    queue.add('healthy');
    await clock.settle();
    assert.equal(log.at(-1), '+healthy');
    await finish('healthy');
    await stop();
  });

  test('looks at once at a key that failed, when something new is known of it', async () => {
    const { queue, clock, log, finish, stop } = bench(1);
    queue.add('shop');
    await clock.settle();
    await finish('shop', new Error('refused'));
    queue.add('shop');
    await clock.settle();
    assert.deepEqual([log.at(-1), clock.now()], ['+shop', 0]);
    await finish('shop');
    assert.equal(clock.planned, 0);
    await stop();
  });

  test('looks again when its time has come, at the earlier of two', async () => {
    const { queue, clock, log, finish, stop } = bench(1);
    queue.add('shop');
    await clock.settle();
    await finish('shop', { againAfterMs: 30_000 });
    await clock.next();
    assert.deepEqual([clock.now(), log.at(-1)], [30_000, '+shop']);
    await stop();
  });

  test('begins nothing after the signal, and ends when what is in work has ended', async () => {
    const { queue, clock, log, inWork, stop } = bench(1);
    queue.add('one');
    queue.add('two');
    await clock.settle();
    assert.deepEqual(inWork(), ['one']);
    await stop();
    assert.deepEqual(log, ['+one', '-one']);
  });

  test('keeps what it did not come to for the next time that it may', async () => {
    const seen: string[] = [];
    const stopping = new AbortController();
    const queue = createQueue({
      workers: 1,
      clock: virtualClock(),
      random: () => 1,
      backoff: { baseMs: 5, maxMs: 10 },
      onFailure: () => 0,
      handle: async (key) => {
        seen.push(key);
        stopping.abort();
        return {};
      },
    });
    queue.add('one');
    queue.add('two');
    await queue.run(stopping.signal);
    assert.deepEqual(seen, ['one']);
    const later = new AbortController();
    const again = queue.run(later.signal);
    await Promise.resolve();
    later.abort();
    await again;
    assert.deepEqual(seen, ['one', 'two']);
  });

  type Step =
    | { readonly kind: 'add' | 'succeed' | 'fail'; readonly key: string }
    | { readonly kind: 'again'; readonly key: string; readonly ms: number }
    | { readonly kind: 'time' };
  const key = fc.constantFrom('a', 'b', 'c', 'd');
  const step: fc.Arbitrary<Step> = fc.oneof(
    fc.record({
      kind: fc.constantFrom('add' as const, 'add' as const, 'succeed' as const, 'fail' as const),
      key,
    }),
    fc.record({ kind: fc.constant('again' as const), key, ms: fc.integer({ min: 0, max: 50 }) }),
    fc.record({ kind: fc.constant('time' as const) }),
  );

  test('whatever happens: every key that was added is looked at afterwards, by no more workers than there are', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { maxLength: 60 }),
        fc.integer({ min: 1, max: 3 }),
        async (steps, workers) => {
          const { queue, clock, log, inWork, finish, stop } = bench(workers);
          /** Added, and not begun since. */
          const owed = new Set<string>();
          let read = 0;
          const settle = async () => {
            await clock.settle();
            for (; read < log.length; read += 1)
              if (log[read]?.startsWith('+')) owed.delete(log[read]?.slice(1) ?? '');
            assert.ok(inWork().length <= workers);
          };
          for (const one of steps) {
            if (one.kind === 'add') {
              queue.add(one.key);
              owed.add(one.key);
            }
            if (one.kind === 'succeed') await finish(one.key);
            if (one.kind === 'fail') await finish(one.key, new Error('refused'));
            if (one.kind === 'again') await finish(one.key, { againAfterMs: one.ms });
            if (one.kind === 'time') await clock.next();
            await settle();
          }
          for (let turn = 0; turn < 20 && inWork().length > 0; turn += 1) {
            for (const working of inWork()) await finish(working);
            await settle();
          }
          assert.deepEqual([...owed], []);
          await stop();
        },
      ),
    );
  });
});
