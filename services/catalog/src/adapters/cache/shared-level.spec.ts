import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { CacheResult } from '../../metrics.ts';
import { createMemoryCacheWorld, createMemorySharedCache } from '../memory/shared-cache.ts';
import type { MemoryCacheWorld } from '../memory/shared-cache.ts';
import { createGuardedCache } from './guarded-cache.ts';
import { createSharedLevel } from './shared-level.ts';
import type { SharedLevelOptions } from './shared-level.ts';

interface Versioned {
  readonly version: number;
}
const lifetimes = { freshMs: 300_000, negativeMs: 5_000, staleMs: 600_000 };

/** A store whose reads are answered when the spec says so, and what its replicas share. */
async function scene() {
  const clock = { ms: 1_000 };
  const world = createMemoryCacheWorld(() => clock.ms);
  const stored = new Map<string, number>();
  const loads: { keys: readonly string[]; answer(): void; fail(): void }[] = [];
  const load = (keys: readonly string[]) => {
    const seen = keys.map((key) => [key, { version: stored.get(key) ?? 0 }] as const);
    return new Promise<Map<string, Versioned>>((resolve, reject) => {
      loads.push({
        keys,
        answer: () => resolve(new Map(seen)),
        fail: () => reject(new Error('the store is away')),
      });
    });
  };
  const replica = (name: string, changes: Partial<SharedLevelOptions<Versioned>> = {}) =>
    openReplica(world, clock, name, { load, ...changes });
  return { clock, world, stored, loads, replica };
}

async function openReplica(
  world: MemoryCacheWorld,
  clock: { ms: number },
  name: string,
  options: Pick<SharedLevelOptions<Versioned>, 'load'> & Partial<SharedLevelOptions<Versioned>>,
) {
  const results: CacheResult[] = [];
  const cache = createGuardedCache({
    cache: createMemorySharedCache(world, name),
    now: () => clock.ms,
    onState: () => undefined,
  });
  await cache.probe();
  const level = createSharedLevel<Versioned>({
    cache,
    nameOf: (key) => `product:${key}`,
    versionOf: ({ version }) => version,
    lifetimes,
    now: () => clock.ms,
    random: () => 0,
    // Time stands still between two looks.
    wait: () => new Promise((resolve) => void setImmediate(resolve)),
    onRequest: (result) => results.push(result),
    ...options,
  });
  const versionOf = async (key: string) => (await level.load([key])).get(key)?.value.version;
  return { level, cache, results, versionOf };
}
const turn = () => new Promise((resolve) => void setImmediate(resolve));

describe('the level of the cache that replicas share', () => {
  it('lets one replica ask the store, and gives its answer to all', async () => {
    const { stored, loads, replica } = await scene();
    stored.set('a', 3);
    const replicas = await Promise.all(['1', '2', '3'].map((name) => replica(name)));
    const reads = replicas.map(({ versionOf }) => versionOf('a'));
    await turn();
    assert.equal(loads.length, 1);
    loads[0]?.answer();
    assert.deepEqual(await Promise.all(reads), [3, 3, 3]);
    assert.equal(loads.length, 1);
  });

  it('loads itself when the one that was to do so does not', async () => {
    const { stored, loads, clock, replica } = await scene();
    stored.set('a', 3);
    const [lost, other] = [await replica('lost'), await replica('other')];
    lost.versionOf('a').catch(() => undefined);
    await turn();
    const read = other.versionOf('a');
    await turn();
    assert.equal(loads.length, 1);
    clock.ms += 2_001;
    while (loads.length < 2) await turn();
    loads[1]?.answer();
    assert.equal(await read, 3);
  });

  it('says how long a value stands, over all levels', async () => {
    const { stored, loads, clock, replica } = await scene();
    stored.set('a', 1);
    const one = await replica('1');
    const first = one.level.load(['a']);
    await turn();
    clock.ms += 100;
    loads[0]?.answer();
    await first;
    clock.ms += 1_000;
    const loaded = (await (await replica('2')).level.load(['a'])).get('a');
    assert.equal(loaded?.freshMs, lifetimes.freshMs * 0.8 - 1_100);
    assert.equal(loaded.usableMs, lifetimes.freshMs + lifetimes.staleMs - 1_100);
  });

  it('remembers for a short while that there is nothing', async () => {
    const { loads, clock, replica } = await scene();
    const { versionOf, results } = await replica('1');
    for (const [ms, asked] of [
      [0, 1],
      [3_999, 1],
      [2, 2],
    ] as const) {
      clock.ms += ms;
      const read = versionOf('none');
      await turn();
      assert.equal(loads.length, asked);
      loads.at(-1)?.answer();
      assert.equal(await read, 0);
    }
    assert.deepEqual(results, ['miss', 'negative_hit', 'miss']);
  });

  it('takes the newer value that another replica announced during a slow load', async () => {
    const { stored, loads, replica } = await scene();
    const [slow, other] = [await replica('slow'), await replica('other')];
    stored.set('a', 1);
    const read = slow.versionOf('a');
    await turn();
    stored.set('a', 2);
    await other.level.learn(new Map([['a', { version: 2 }]]));
    loads[0]?.answer();
    assert.equal(await read, 2);
    assert.equal(await slow.versionOf('a'), 2);
    assert.equal(loads.length, 1);
  });

  it('begins anew early, while the old value still serves, the likelier the closer the end', async () => {
    const { stored, loads, clock, replica } = await scene();
    stored.set('a', 1);
    const { versionOf } = await replica('1', { random: () => 0.5 });
    const first = versionOf('a');
    await turn();
    clock.ms += 1_000;
    loads[0]?.answer();
    await first;
    // 1,000 ms × −ln(0.5) is about 693 ms before the end, which is at nine tenths of the lifetime.
    clock.ms += lifetimes.freshMs * 0.9 - 1_000 - 694;
    assert.equal(await versionOf('a'), 1);
    assert.equal(loads.length, 1);
    clock.ms += 2;
    stored.set('a', 2);
    assert.deepEqual(await Promise.all([versionOf('a'), versionOf('a')]), [1, 1]);
    assert.equal(loads.length, 2);
    loads[1]?.answer();
    await turn();
    assert.equal(await versionOf('a'), 2);
    assert.equal(loads.length, 2);
  });

  it('gives old values while the store is away, and lets another one try at once', async () => {
    const outages: unknown[] = [];
    const { stored, loads, clock, replica } = await scene();
    const one = await replica('1', { onOutage: (error) => outages.push(error) });
    stored.set('a', 1);
    const first = one.versionOf('a');
    await turn();
    loads[0]?.answer();
    await first;
    clock.ms += lifetimes.freshMs;
    const second = one.level.load(['a']);
    await turn();
    loads[1]?.fail();
    const stale = (await second).get('a');
    assert.deepEqual([stale?.value.version, stale?.freshMs, outages.length], [1, 1_000, 1]);
    assert.deepEqual(one.results, ['miss', 'miss', 'stale']);
    const other = (await replica('2')).versionOf('a');
    await turn();
    stored.set('a', 2);
    assert.equal(loads.length, 3);
    loads[2]?.answer();
    assert.equal(await other, 1);
  });

  it('keeps no failure where there is nothing old', async () => {
    const { loads, replica } = await scene();
    const { versionOf } = await replica('1');
    const read = versionOf('a');
    await turn();
    loads[0]?.fail();
    await assert.rejects(read, /the store is away/);
  });

  it('never lets a stale value survive its version, however replicas read, write and announce', async () => {
    const who = fc.nat(1);
    const key = fc.constantFrom('a', 'b');
    const anyStep = fc.oneof(
      fc.record({ do: fc.constant('write' as const), key, who }),
      fc.record({ do: fc.constant('read' as const), key, who }),
      fc.record({ do: fc.constant('answer' as const), load: fc.nat(6) }),
      fc.record({ do: fc.constant('expire' as const), ms: fc.constantFrom(1_000, 300_000) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(anyStep, { maxLength: 30 }), async (steps) => {
        const { stored, loads, clock, replica } = await scene();
        const replicas = [await replica('0'), await replica('1')];
        const reads: Promise<unknown>[] = [];
        for (const step of steps) {
          if (step.do === 'expire') clock.ms += step.ms;
          else if (step.do === 'answer') loads[step.load]?.answer();
          else if (step.do === 'write') {
            // A write is over when it has been announced.
            const version = (stored.get(step.key) ?? 0) + 1;
            stored.set(step.key, version);
            await replicas[step.who]?.level.learn(new Map([[step.key, { version }]]));
          } else {
            const atLeast = stored.get(step.key) ?? 0;
            const read = replicas[step.who]?.versionOf(step.key) ?? Promise.resolve(0);
            reads.push(read.then((version = -1) => assert.ok(version >= atLeast)));
          }
          await turn();
        }
        let isOver = false;
        const over = Promise.all(reads).finally(() => (isOver = true));
        while (!isOver) {
          for (const load of loads) load.answer();
          await turn();
          clock.ms += 100;
        }
        await over;
      }),
      { numRuns: 200 },
    );
  });
});
