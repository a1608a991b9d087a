/** What every cache that replicas share must do. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { CacheChange } from '@ecommercestack/contracts';
import { eventually } from '@ecommercestack/kit/testing';
import fc from 'fast-check';
import type { SharedCache, SharedValue } from '../cache/shared-cache.ts';

export interface SharedCacheUnderTest {
  /** Two replicas, and what the second one hears of changes. */
  readonly one: SharedCache;
  readonly two: SharedCache;
  readonly heard: readonly CacheChange[];
  /** Lets this much time pass, at least. */
  elapse(ms: number): Promise<void>;
  close(): Promise<void>;
}

const LONG = 600_000;
const SHORT = 20;
const value = (version: number, changes: Partial<SharedValue> = {}): SharedValue => {
  const text = JSON.stringify({ version });
  return { text, version, freshMs: LONG, usableMs: 2 * LONG, loadMs: 7, ...changes };
};

export function sharedCacheContract(name: string, make: () => Promise<SharedCacheUnderTest>): void {
  describe(`${name} as a shared cache`, () => {
    let opened: SharedCacheUnderTest;
    let one: SharedCache;
    let two: SharedCache;
    let made = 0;
    const freshKey = () => `product:SKU-${(made += 1)}`;
    const put = (cache: SharedCache, key: string, written: SharedValue) =>
      cache.write(new Map([[key, written]]));
    const take = async (cache: SharedCache, key: string, claimMs = LONG) => {
      const taken = (await cache.take([key], claimMs)).get(key);
      assert.ok(taken !== undefined);
      return taken;
    };

    before(async () => {
      opened = await make();
      ({ one, two } = opened);
    });
    after(() => opened.close());

    it('gives to all what one has written', async () => {
      const key = freshKey();
      await put(one, key, value(3));
      const { held, claimed } = await take(two, key);
      assert.ok(held !== undefined);
      assert.deepEqual(
        [claimed, held.text, held.version, held.loadMs],
        [false, value(3).text, 3, value(3).loadMs],
      );
      assert.ok(held.freshMs > 0 && held.freshMs <= LONG);
      assert.ok(held.usableMs > LONG && held.usableMs <= 2 * LONG);
    });

    it('answers for every key, whatever is held of it', async () => {
      const [held, missing] = [freshKey(), freshKey()];
      await put(one, held, value(1));
      const taken = await one.take([missing, held], LONG);
      assert.deepEqual([...taken.keys()].toSorted(), [held, missing].toSorted());
      assert.equal(taken.get(missing)?.held, undefined);
      assert.equal(taken.get(held)?.held?.version, 1);
      assert.deepEqual(await one.take([], LONG), new Map());
    });

    it('lets one caller load what nobody has, until they have written it', async () => {
      const key = freshKey();
      assert.equal((await take(one, key)).claimed, true);
      assert.equal((await take(two, key)).claimed, false);
      assert.equal((await take(one, key)).claimed, false);
      await put(one, key, value(1, { freshMs: 0 }));
      assert.equal((await take(two, key)).claimed, true);
    });

    it('ends a claim by the release of its holder, and of nobody else', async () => {
      const key = freshKey();
      await take(one, key);
      await two.release([key]);
      assert.equal((await take(two, key)).claimed, false);
      await one.release([key]);
      assert.equal((await take(two, key)).claimed, true);
    });

    it('ends the claim of a holder that is gone', async () => {
      const key = freshKey();
      await take(one, key, SHORT);
      await eventually(async () => {
        await opened.elapse(SHORT);
        assert.equal((await take(two, key)).claimed, true);
      });
    });

    it('holds what is not fresh any more, for the one who loads and for those who cannot', async () => {
      const key = freshKey();
      await put(one, key, value(2, { freshMs: 0 }));
      const [first, second] = [await take(one, key), await take(two, key)];
      assert.deepEqual([first.claimed, second.claimed], [true, false]);
      for (const { held } of [first, second]) {
        assert.equal(held?.version, 2);
        assert.ok(held.freshMs <= 0 && held.usableMs > 0);
      }
    });

    it('lets go of what is not usable any more', async () => {
      const key = freshKey();
      await put(one, key, value(2, { freshMs: SHORT, usableMs: SHORT }));
      await eventually(async () => {
        await opened.elapse(SHORT);
        assert.equal((await take(one, key)).held, undefined);
      });
    });

    it('never puts an older version over a newer one, and tells of the newer one', async () => {
      const key = freshKey();
      assert.deepEqual(await put(one, key, value(5)), new Map());
      const standing = await put(two, key, value(4));
      assert.equal(standing.get(key)?.text, value(5).text);
      assert.equal((await take(one, key)).held?.version, 5);
      assert.deepEqual(await put(two, key, value(6, { freshMs: 0 })), new Map());
      assert.equal((await take(one, key)).held?.version, 6);
    });

    it('prolongs a version, and does not shorten it', async () => {
      const key = freshKey();
      await put(one, key, value(1, { freshMs: 0 }));
      await put(two, key, value(1));
      await put(two, key, value(1, { freshMs: 0 }));
      assert.ok(((await take(one, key)).held?.freshMs ?? 0) > 0);
    });

    it('holds the newest version, in whatever order replicas write', async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.record({ by: fc.boolean(), version: fc.nat(9) }), { minLength: 1, maxLength: 12 }),
          async (writes) => {
            const key = freshKey();
            await Promise.all(writes.map(({ by, version }) => put(by ? one : two, key, value(version))));
            const newest = Math.max(...writes.map(({ version }) => version));
            const { held } = await take(two, key);
            assert.deepEqual([held?.version, held?.text], [newest, value(newest).text]);
          },
        ),
        { numRuns: 50 },
      );
    });

    it('counts generations, the same for all', async () => {
      const earlier = await one.generation();
      const started = await Promise.all([one.startGeneration(), two.startGeneration()]);
      assert.deepEqual(
        started.toSorted((a, b) => a - b),
        [earlier + 1, earlier + 2],
      );
      assert.equal(await two.generation(), earlier + 2);
    });

    it('forgets by pattern, and counts what it forgets', async () => {
      const keys = ['product:TEA-1', 'product:TEA-22', 'product:COFFEE.1', 'search:1:TEA-1'];
      await one.write(new Map(keys.map((key) => [key, value(1)])));
      assert.equal(await two.purge('product:TEA-?'), 1);
      assert.equal(await two.purge('product:TEA-?'), 0);
      assert.equal(await two.purge('*:TEA*'), 2);
      assert.equal((await take(one, 'product:COFFEE.1')).held?.version, 1);
      assert.equal(await two.purge('product:COFFEEx1'), 0);
      assert.equal(await two.purge('product:COFFEE.1'), 1);
      assert.equal((await take(one, 'product:COFFEE.1')).claimed, true);
    });

    it('forgets more than one step of a purge looks at', async () => {
      const many = Array.from({ length: 2_500 }, (_, at) => `product:MANY-${at}`);
      await one.write(new Map(many.map((key) => [key, value(1)])));
      assert.equal(await one.purge('product:MANY-*'), many.length);
    });

    it('tells the others of changes', async () => {
      const change: CacheChange = { products: [['A', 3]], generation: 7 };
      await one.publish(change);
      await one.publish({ purge: 'search:*' });
      await eventually(async () => assert.deepEqual(opened.heard, [change, { purge: 'search:*' }]));
    });
  });
}
