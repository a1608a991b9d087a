import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { eventually } from '@ecommercestack/kit/testing';
import fc from 'fast-check';
import { createReadThrough } from './read-through.ts';
import type { CacheResult } from '../../metrics.ts';
import type { ReadThroughOptions } from './read-through.ts';

interface Versioned {
  readonly version: number;
}
const nothing: Versioned = { version: 0 };

/** A store whose reads are answered when the spec says so. */
function scene(options: Partial<ReadThroughOptions<Versioned>> = {}) {
  const stored = new Map<string, Versioned>();
  const loads: {
    readonly keys: readonly string[];
    answer(times?: { freshMs?: number; usableMs?: number }): void;
    fail(error: Error): void;
  }[] = [];
  const outages: unknown[] = [];
  const results: CacheResult[] = [];
  const clock = { ms: 1_000 };
  const cache = createReadThrough<Versioned>({
    load: (keys) => {
      // What a read sees is settled when it starts, however late its answer arrives.
      const seen = keys.map((key) => [key, stored.get(key) ?? nothing] as const);
      return new Promise((resolve, reject) => {
        const answer = ({ freshMs = Infinity, usableMs = 0 } = {}) =>
          resolve(new Map(seen.map(([key, value]) => [key, { value, freshMs, usableMs }])));
        loads.push({ keys, answer, fail: reject });
      });
    },
    versionOf: ({ version }) => version,
    maxEntries: 100,
    ttlMs: 5_000,
    now: () => clock.ms,
    random: () => 0.5,
    onRequest: (result) => results.push(result),
    onOutage: (error) => outages.push(error),
    ...options,
  });
  const answered = async (key: string, times = {}): Promise<number> => {
    const value = cache.get(key);
    loads.at(-1)?.answer(times);
    return (await value).version;
  };
  return { stored, loads, outages, results, clock, cache, answered };
}

describe('a read-through cache', () => {
  it('reads the store once for 1,000 concurrent readers of a cold key', async () => {
    const { stored, loads, cache, results } = scene();
    stored.set('a', { version: 3 });
    const readers = Array.from({ length: 1_000 }, () => cache.get('a'));
    assert.equal(loads.length, 1);
    loads[0]?.answer();
    assert.deepEqual(new Set((await Promise.all(readers)).map(({ version }) => version)), new Set([3]));
    await cache.get('a');
    assert.equal(loads.length, 1);
    assert.equal(results.filter((result) => result === 'shared').length, 999);
    assert.equal(results.at(-1), 'hit');
  });

  it('loads what it lacks of many keys at once, and joins what is under way', async () => {
    const { stored, loads, cache } = scene();
    stored.set('a', { version: 1 }).set('b', { version: 2 });
    const first = cache.get('a');
    const many = cache.getMany(['a', 'b', 'none']);
    assert.deepEqual(
      loads.map(({ keys }) => keys),
      [['a'], ['b', 'none']],
    );
    for (const load of loads) load.answer();
    assert.equal((await first).version, 1);
    assert.deepEqual(
      [...(await many)].toSorted(([a], [b]) => (a < b ? -1 : 1)),
      [
        ['a', { version: 1 }],
        ['b', { version: 2 }],
        ['none', nothing],
      ],
    );
  });

  it('remembers for a while that there is nothing', async () => {
    const { loads, results, answered } = scene();
    assert.equal(await answered('none'), 0);
    assert.equal(await answered('none'), 0);
    assert.equal(loads.length, 1);
    assert.equal(results.at(-1), 'negative_hit');
  });

  it('asks again after the TTL, counted from the start of the load', async () => {
    const { stored, loads, clock, cache, answered } = scene();
    stored.set('a', { version: 1 });
    const slow = cache.get('a');
    clock.ms += 4_000;
    loads[0]?.answer();
    await slow;
    stored.set('a', { version: 2 });
    assert.equal(await answered('a'), 1);
    clock.ms += 1_001;
    assert.equal(await answered('a'), 2);
  });

  it('spreads the TTL, so that entries do not expire together', async () => {
    for (const [random, expiresAfter] of [
      [0, 4_000],
      [1, 5_000],
    ] as const) {
      const { loads, clock, answered } = scene({ random: () => random });
      await answered('a');
      clock.ms += expiresAfter - 1;
      await answered('a');
      assert.equal(loads.length, 1);
      clock.ms += 2;
      await answered('a');
      assert.equal(loads.length, 2);
    }
  });

  it('prefers what it learned during a load to an older answer of the load', async () => {
    const { stored, loads, cache, answered } = scene();
    stored.set('a', { version: 1 });
    const early = cache.get('a');
    cache.learn('a', { version: 2 });
    const late = cache.get('a');
    loads[0]?.answer();
    assert.deepEqual([(await early).version, (await late).version], [2, 2]);
    assert.equal(await answered('a'), 2);
    assert.equal(loads.length, 1);
  });

  it('never goes back to an older version', async () => {
    const { stored, cache, answered } = scene();
    stored.set('a', { version: 5 });
    await answered('a');
    cache.learn('a', { version: 4 });
    assert.equal(await answered('a'), 5);
    cache.learn('a', { version: 6 });
    assert.equal(await answered('a'), 6);
  });

  it('keeps no failure: every waiter gets it, and the next reader asks again', async () => {
    const { stored, loads, cache, answered } = scene();
    stored.set('a', { version: 1 });
    const readers = [cache.get('a'), cache.getMany(['a', 'b'])];
    loads[0]?.fail(new Error('the store is away'));
    loads[1]?.answer();
    for (const reader of readers) await assert.rejects(reader, /the store is away/);
    assert.equal(await answered('a'), 1);
  });

  it('keeps a value for no longer than its load allows', async () => {
    const { stored, loads, clock, answered } = scene();
    stored.set('a', { version: 1 });
    await answered('a', { freshMs: 700 });
    clock.ms += 699;
    await answered('a');
    assert.equal(loads.length, 1);
    clock.ms += 2;
    await answered('a');
    assert.equal(loads.length, 2);
  });

  it('does not prolong a value by what is announced: the announcement may be late itself', async () => {
    const { stored, loads, clock, cache, answered } = scene();
    stored.set('a', { version: 1 });
    await answered('a');
    clock.ms += 4_000;
    cache.learn('a', { version: 2 });
    stored.set('a', { version: 3 });
    assert.equal(await answered('a'), 2);
    clock.ms += 1_000;
    assert.equal(await answered('a'), 3);
    assert.equal(loads.length, 2);
  });

  it('gives old values while the store is away, for as long as they are usable, and asks it again by and by', async () => {
    const { stored, loads, outages, results, clock, cache, answered } = scene();
    stored.set('a', { version: 1 });
    await answered('a', { usableMs: 60_000 });
    const failing = async () => {
      const value = cache.get('a');
      loads.at(-1)?.fail(new Error('away'));
      return (await value).version;
    };
    clock.ms += 5_001;
    assert.equal(await failing(), 1);
    assert.deepEqual([loads.length, outages.length, results.at(-1)], [2, 1, 'stale']);
    assert.equal(await answered('a'), 1);
    assert.equal(loads.length, 2);
    clock.ms += 1_001;
    stored.set('a', { version: 2 });
    assert.equal(await answered('a'), 2);
    clock.ms += 60_001;
    const late = cache.get('a');
    loads.at(-1)?.fail(new Error('away'));
    await assert.rejects(late, /away/);
  });

  it('does not wait for a store that hangs where it has an old value, and takes the new one when it comes', async () => {
    const { stored, loads, clock, cache, answered } = scene();
    stored.set('a', { version: 1 });
    await answered('a', { usableMs: 60_000 });
    clock.ms += 5_001;
    stored.set('a', { version: 2 });
    assert.equal((await cache.get('a')).version, 1);
    loads.at(-1)?.answer();
    await eventually(async () => assert.equal((await cache.get('a')).version, 2));
    assert.equal(loads.length, 2);
  });

  it('takes what is older than it was told of for what it is, and asks', async () => {
    const { stored, loads, cache, answered } = scene();
    stored.set('a', { version: 1 });
    await answered('a');
    cache.outdate('a', 1);
    assert.equal(await answered('a'), 1);
    stored.set('a', { version: 2 });
    cache.outdate('a', 2);
    assert.equal(await answered('a'), 2);
    assert.equal(loads.length, 2);
  });

  it('does not keep what was on its way when it was told of a newer one', async () => {
    const { stored, loads, cache, answered } = scene();
    stored.set('a', { version: 1 });
    const early = cache.get('a');
    cache.outdate('a', 2);
    loads[0]?.answer();
    await early;
    stored.set('a', { version: 2 });
    assert.equal(await answered('a'), 2);
  });

  it('forgets by key, and what is on its way, too', async () => {
    const { stored, loads, cache, answered } = scene();
    for (const key of ['tea-1', 'tea-2', 'pot']) stored.set(key, { version: 1 });
    await answered('tea-1');
    await answered('pot');
    const early = cache.get('tea-2');
    assert.equal(
      cache.purge((key) => key.startsWith('tea')),
      1,
    );
    loads.at(-1)?.answer({ usableMs: 60_000 });
    await early;
    for (const key of ['pot', 'tea-1', 'tea-2']) await answered(key);
    assert.deepEqual(
      loads.slice(3).map(({ keys }) => keys),
      [['tea-1'], ['tea-2']],
    );
  });

  it('is bounded', async () => {
    const { loads, answered } = scene({ maxEntries: 2 });
    for (const key of ['a', 'b', 'c', 'a']) await answered(key);
    assert.equal(loads.length, 4);
  });

  it('leaves no stale value behind, however writes, announcements and slow reads interleave', async () => {
    const anyStep = fc.oneof(
      fc.record({ do: fc.constant('write' as const), key: fc.constantFrom('a', 'b') }),
      fc.record({ do: fc.constant('announce' as const), key: fc.constantFrom('a', 'b') }),
      fc.record({ do: fc.constant('outdate' as const), key: fc.constantFrom('a', 'b') }),
      fc.record({ do: fc.constant('read' as const), key: fc.constantFrom('a', 'b') }),
      fc.record({ do: fc.constant('answer' as const), load: fc.nat(5) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(anyStep, { maxLength: 40 }), async (steps) => {
        const { stored, loads, cache } = scene();
        const announced = new Map<string, number>();
        const outdated = new Map<string, number>();
        const reads: Promise<void>[] = [];
        for (const step of steps) {
          if (step.do === 'answer') {
            loads[step.load]?.answer();
          } else if (step.do === 'write') {
            stored.set(step.key, { version: (stored.get(step.key)?.version ?? 0) + 1 });
          } else if (step.do === 'announce') {
            const value = stored.get(step.key);
            if (value === undefined) continue;
            announced.set(step.key, value.version);
            cache.learn(step.key, value);
          } else if (step.do === 'outdate') {
            const { version } = stored.get(step.key) ?? nothing;
            outdated.set(step.key, version);
            cache.outdate(step.key, version);
          } else {
            const atLeast = announced.get(step.key) ?? 0;
            reads.push(cache.get(step.key).then(({ version }) => assert.ok(version >= atLeast)));
          }
          await Promise.resolve();
        }
        for (const load of loads) load.answer({ usableMs: 60_000 });
        await Promise.all(reads);
        for (const [key, version] of [...announced, ...outdated]) {
          const read = cache.get(key);
          loads.at(-1)?.answer();
          assert.ok((await read).version >= version);
        }
      }),
      { numRuns: 500 },
    );
  });
});
