import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createMemoryCacheWorld, createMemorySharedCache } from '../memory/shared-cache.ts';
import { createGuardedCache } from './guarded-cache.ts';
import type { SharedCache, SharedValue } from './shared-cache.ts';

const value = (version: number): SharedValue => ({
  text: String(version),
  version,
  freshMs: 1_000,
  usableMs: 9_000,
  loadMs: 1,
});
const one = (key: string, version: number) => new Map([[key, value(version)]]);

/** A cache that can be cut off, in both ways in which servers go: refusing, and not answering. */
function scene() {
  const clock = { ms: 0 };
  const world = createMemoryCacheWorld(() => clock.ms);
  const memory = createMemorySharedCache(world, 'this');
  const other = createMemorySharedCache(world, 'other');
  let mood: 'well' | 'refusing' | 'hanging' | 'full' = 'well';
  let calls = 0;
  const call = async <T>(work: () => Promise<T>): Promise<T> => {
    calls += 1;
    if (mood === 'refusing') throw new Error('refused');
    if (mood === 'hanging') return new Promise(() => undefined);
    return work();
  };
  const cache: SharedCache = {
    take: (...args) => call(() => memory.take(...args)),
    write: (...args) =>
      mood === 'full' ? Promise.reject(new Error('full')) : call(() => memory.write(...args)),
    release: (...args) => call(() => memory.release(...args)),
    generation: () => call(() => memory.generation()),
    startGeneration: () => call(() => memory.startGeneration()),
    purge: (...args) => call(() => memory.purge(...args)),
    publish: (...args) => call(() => memory.publish(...args)),
  };
  const states: boolean[] = [];
  const guarded = createGuardedCache({ cache, now: () => clock.ms, onState: (isUp) => states.push(isUp) });
  return {
    guarded,
    other,
    clock,
    states,
    calls: () => calls,
    set: (next: typeof mood) => {
      mood = next;
    },
  };
}
const held = async (cache: Pick<SharedCache, 'take'>, key: string) =>
  (await cache.take([key], 0)).get(key)?.held?.version;

describe('the guard of the shared cache', () => {
  it('goes on without a cache that it has not reached yet', async () => {
    const { guarded, other, states } = scene();
    await other.write(one('a', 1));
    assert.deepEqual(await guarded.take(['a'], 100), new Map([['a', { claimed: true }]]));
    assert.deepEqual(await guarded.write(one('b', 1)), new Map());
    assert.equal(await guarded.startGeneration(), undefined);
    assert.equal(await held(other, 'b'), undefined);
    await guarded.probe();
    assert.equal(await held(guarded, 'a'), 1);
    assert.deepEqual([guarded.isUp(), states], [true, [true]]);
  });

  for (const mood of ['refusing', 'hanging'] as const) {
    it(`lets the first who meets a ${mood} cache go on, and nobody after that ask it`, async () => {
      const { guarded, other, states, set, calls } = scene();
      await guarded.probe();
      await other.write(one('a', 1));
      set(mood);
      assert.deepEqual(await guarded.take(['a'], 100), new Map([['a', { claimed: true }]]));
      const before = calls();
      await guarded.take(['a'], 100);
      await guarded.release(['a']);
      assert.equal(await guarded.purge('*'), 0);
      assert.equal(calls(), before);
      assert.equal(await guarded.probe(), undefined);
      set('well');
      assert.equal(typeof (await guarded.probe()), 'number');
      assert.equal(await held(guarded, 'a'), 1);
      assert.deepEqual(states, [true, false, true]);
    });
  }

  it('tells after an outage what it could not tell, before anything is read', async () => {
    const { guarded, other, set } = scene();
    await guarded.probe();
    await other.write(new Map([...one('a', 1), ...one('b', 1), ...one('c', 1)]));
    set('refusing');
    await guarded.announce(one('a', 2));
    await guarded.announce(new Map([...one('a', 3), ...one('b', 2)]));
    set('well');
    assert.equal((await guarded.take(['a'], 100)).get('a')?.held, undefined);
    await guarded.probe();
    assert.deepEqual(await Promise.all(['a', 'b', 'c'].map((key) => held(guarded, key))), [3, 2, 1]);
  });

  it('leaves a marker, so that a load from before the outage cannot bring an old value back', async () => {
    const { guarded, other, set, clock } = scene();
    await guarded.probe();
    set('refusing');
    await guarded.announce(one('a', 2));
    clock.ms += 2_000;
    set('well');
    await guarded.probe();
    await other.write(one('a', 1));
    const taken = (await other.take(['a'], 100)).get('a');
    assert.equal(taken?.held?.version, 2);
    assert.ok(taken.held.freshMs <= 0);
  });

  it('starts a generation after an outage: changes that nobody was told of are in no search after it', async () => {
    const { guarded, other, set } = scene();
    await guarded.probe();
    const before = await other.generation();
    assert.equal(await guarded.probe(), before);
    set('refusing');
    assert.equal(await guarded.startGeneration(), undefined);
    set('well');
    assert.equal(await guarded.probe(), before + 1);
  });

  it('forgets all that is shared where there was too much to tell', async () => {
    const { guarded, other, set } = scene();
    await guarded.probe();
    await other.write(one('old', 1));
    set('refusing');
    const many = Array.from({ length: 10_001 }, (_, at) => [`k${at}`, value(2)] as const);
    await guarded.announce(new Map(many));
    set('well');
    await guarded.probe();
    assert.equal(await held(guarded, 'old'), undefined);
  });

  it('stays away while it cannot tell what it owes', async () => {
    const { guarded, other, set } = scene();
    await guarded.probe();
    await other.write(one('a', 1));
    set('refusing');
    await guarded.announce(one('a', 2));
    assert.equal(await guarded.probe(), undefined);
    set('full');
    assert.equal(await guarded.probe(), undefined);
    assert.equal(guarded.isUp(), false);
    set('well');
    await guarded.probe();
    assert.equal(await held(guarded, 'a'), 2);
  });
});
