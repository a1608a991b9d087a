/** What every write side must do, whatever database is behind it. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { CatalogEvent } from '@ecommercestack/contracts';
import type { Clock } from '@ecommercestack/kit';
import { fakeClock } from '@ecommercestack/kit/testing';
import fc from 'fast-check';
import { stateAfter } from '../../domain/announcement.ts';
import { fold } from '../../domain/evolve.ts';
import { absent, skuOf, versionOf } from '../../domain/product.ts';
import type { ProductEvent, ProductState } from '../../domain/product.ts';
import type { ProductStore } from '../ports.ts';
import { productFields } from './samples.ts';

export interface ProductStoreUnderTest {
  readonly store: ProductStore;
  /** What the store has committed itself to announce, in order. */
  announced(): Promise<readonly CatalogEvent[]>;
  close(): Promise<void>;
}

const created = (sku: string): ProductEvent => ({
  type: 'product-created',
  data: { product: productFields(sku) },
});
const priced = (amount: number): ProductEvent => ({
  type: 'product-updated',
  data: { changes: { price: { amount, currency: 'EUR' } } },
});
const deleted: ProductEvent = { type: 'product-deleted', data: {} };
const metadata = { actor: 'ada' };

export function productStoreContract(
  name: string,
  makeStore: (clock: Clock) => Promise<ProductStoreUnderTest>,
): void {
  describe(`${name} as a product store`, () => {
    const clock = fakeClock(new Date('2026-05-01T12:00:00.000Z'));
    let opened: ProductStoreUnderTest;
    let store: ProductStore;
    let made = 0;
    const freshSku = () => `SKU-${(made += 1)}`;

    const write = async (sku: string, ...events: readonly ProductEvent[]): Promise<ProductState> => {
      let state = await store.load(sku);
      for (const event of events) {
        const next = await store.append(sku, state, event, metadata);
        assert.notEqual(next, 'conflict');
        if (next !== 'conflict') state = next;
        clock.advance(1_000);
      }
      return state;
    };

    before(async () => {
      opened = await makeStore(clock);
      store = opened.store;
    });
    after(() => opened.close());

    it('answers absent for a product without events', async () => {
      assert.deepEqual(await store.load('NOTHING'), absent);
      assert.deepEqual(await store.history('NOTHING'), []);
    });

    it('reads what it has just written', async () => {
      const sku = freshSku();
      const written = await write(sku, created(sku), priced(1_250));
      assert.deepEqual(await store.load(sku), written);
      assert.equal(versionOf(written), 2);
    });

    it('lets exactly one of many writers follow a state', async () => {
      const sku = freshSku();
      const creations = await Promise.all(
        Array.from({ length: 10 }, () => store.append(sku, absent, created(sku), metadata)),
      );
      assert.equal(creations.filter((outcome) => outcome !== 'conflict').length, 1);
      const state = await store.load(sku);
      const updates = await Promise.all(
        Array.from({ length: 10 }, (_, index) => store.append(sku, state, priced(index + 1), metadata)),
      );
      assert.equal(updates.filter((outcome) => outcome !== 'conflict').length, 1);
      assert.deepEqual(
        (await store.history(sku)).map(({ version }) => version),
        [1, 2],
      );
    });

    it('takes what comes at once together, each for itself: one in the middle that is too late, one that follows', async () => {
      const [taken, changed, ...fresh] = Array.from({ length: 9 }, freshSku) as [string, string, ...string[]];
      await write(taken, created(taken));
      const before = await write(changed, created(changed));
      const half = fresh.length / 2;
      const creation = (sku: string) => store.append(sku, absent, created(sku), metadata);
      const outcomes = await Promise.all([
        ...fresh.slice(0, half).map(creation),
        creation(taken),
        store.append(changed, before, priced(5), { actor: 'bob' }),
        store.append(changed, before, priced(6), { actor: 'carol' }),
        ...fresh.slice(half).map(creation),
      ]);
      const skus = outcomes.map((outcome) => (outcome === 'conflict' ? outcome : skuOf(outcome)));
      const [first, last] = [fresh.slice(0, half).join(), fresh.slice(half).join()];
      assert.ok(
        [
          `${first},conflict,${changed},conflict,${last}`,
          `${first},conflict,conflict,${changed},${last}`,
        ].includes(skus.join()),
        skus.join(),
      );
      for (const sku of fresh) {
        assert.deepEqual(fold(await store.history(sku)), await store.load(sku));
        assert.equal(versionOf(await store.load(sku)), 1);
      }
      const loaded = await Promise.all([...fresh, taken, changed, 'NOTHING'].map((sku) => store.load(sku)));
      assert.deepEqual(loaded.map(versionOf), [...fresh.map(() => 1), 1, 2, 0]);
      const [, edit] = await store.history(changed);
      assert.ok(edit?.actor === 'bob' || edit?.actor === 'carol');
      const announced = (await opened.announced()).map((event) => skuOf(stateAfter(event)));
      assert.equal(announced.filter((sku) => sku === changed).length, 2);
      assert.equal(announced.filter((sku) => sku === taken).length, 1);
    });

    it('writes and announces nothing in a conflict', async () => {
      const sku = freshSku();
      await write(sku, created(sku));
      assert.equal(await store.append(sku, absent, created(sku), metadata), 'conflict');
      const announced = (await opened.announced()).filter((event) => skuOf(stateAfter(event)) === sku);
      assert.equal(announced.length, 1);
    });

    it('keeps who did what, and shows any moment of it', async () => {
      const sku = freshSku();
      const start = clock.now();
      await write(sku, created(sku), priced(2_000), deleted);
      const history = await store.history(sku);
      assert.deepEqual(
        history.map(({ type, version, actor }) => ({ type, version, actor })),
        [
          { type: 'product-created', version: 1, actor: 'ada' },
          { type: 'product-updated', version: 2, actor: 'ada' },
          { type: 'product-deleted', version: 3, actor: 'ada' },
        ],
      );
      assert.deepEqual(await store.history(sku, 2), history.slice(0, 2));
      assert.deepEqual(await store.history(sku, new Date(start.getTime() + 1_000)), history.slice(0, 2));
      assert.deepEqual(await store.history(sku, new Date(start.getTime() - 1)), []);
    });

    it('keeps attributes by whatever name, and leaves out what is no change', async () => {
      const sku = freshSku();
      const attributes = { $set: 'a', 'a.b': 'c', 'von "bis"': 'x', constructor: 'y' };
      const product = productFields(sku, { attributes });
      const state = await write(sku, { type: 'product-created', data: { product } });
      assert.deepEqual(await store.load(sku), state);
      assert.ok(state.status === 'listed');
      assert.deepEqual(state.product.attributes, attributes);
      assert.deepEqual(await store.states([sku]), new Map([[sku, state]]));
      const changes = { attributes: { '$inc.by': 'z' }, name: undefined };
      const changed = await write(sku, { type: 'product-updated', data: { changes } });
      assert.deepEqual(await store.load(sku), changed);
      assert.deepEqual(fold(await store.history(sku)), changed);
    });

    it('answers for many products at once', async () => {
      const [first, second] = [freshSku(), freshSku()];
      const state = await write(first, created(first));
      assert.deepEqual(
        await store.states([first, second]),
        new Map([
          [first, state],
          [second, absent],
        ]),
      );
    });

    it('scans all products in order of SKU, withdrawn ones included', async () => {
      await write('scan-b', created('scan-b'));
      await write('Scan-a', created('Scan-a'), deleted);
      const seen: string[] = [];
      for (
        let page = await store.scan(undefined, 2);
        page.length > 0;
        page = await store.scan(seen.at(-1), 2)
      ) {
        seen.push(...page.map(skuOf));
      }
      assert.deepEqual(seen, seen.toSorted());
      assert.ok(seen.includes('scan-b') && seen.includes('Scan-a'));
      assert.equal(new Set(seen).size, seen.length);
      assert.equal(await store.size(), seen.length);
    });

    it('holds the fold of the events, and announces each state in order', async () => {
      const anyEdit = fc.nat(100_000).map(priced);
      await fc.assert(
        fc.asyncProperty(fc.array(anyEdit, { maxLength: 6 }), fc.boolean(), async (edits, withdraw) => {
          const sku = freshSku();
          const state = await write(sku, created(sku), ...edits, ...(withdraw ? [deleted] : []));
          const history = await store.history(sku);
          assert.deepEqual(fold(history), state);
          assert.deepEqual(await store.load(sku), state);
          const announced = (await opened.announced())
            .map(stateAfter)
            .filter((after) => skuOf(after) === sku);
          assert.deepEqual(
            announced,
            history.map((_, index) => fold(history.slice(0, index + 1))),
          );
        }),
        { numRuns: 15 },
      );
    });
  });
}
