/** What every read side must do, whatever engine is behind it. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { ProductSnapshot } from '@ecommercestack/contracts';
import fc from 'fast-check';
import { skuOf, versionOf } from '../../domain/product.ts';
import type { KnownProduct } from '../../domain/product.ts';
import type { Filters, FoundProduct, Position, Sort } from '../../domain/search.ts';
import { matches } from '../memory/matching.ts';
import { summariseProducts } from '../memory/summary.ts';
import type { SearchIndex } from '../ports.ts';
import { anyFilters, anyProduct, listed, withdrawn } from './samples.ts';

export interface SearchIndexUnderTest {
  /** Empty. */
  readonly index: SearchIndex;
  close(): Promise<void>;
}

export interface SearchIndexContractOptions {
  /** The share of the generated examples to try, where a rebuild takes an engine long. Default 1. */
  readonly share?: number;
}

const sorts: readonly Sort[] = ['relevance', 'price-asc', 'price-desc', 'name', 'newest'];

export function searchIndexContract(
  name: string,
  makeIndex: () => Promise<SearchIndexUnderTest>,
  { share = 1 }: SearchIndexContractOptions = {},
): void {
  describe(`${name} as a search index`, () => {
    let opened: SearchIndexUnderTest;
    let index: SearchIndex;
    let runs = 0;

    before(async () => {
      opened = await makeIndex();
      index = opened.index;
    });
    after(() => opened.close());

    /** Starts over with these; the stock of a product outlives it, so that each test has SKUs of its own. */
    const given = (...states: readonly KnownProduct[]) => index.rebuild(() => pagesOf([states]));
    const freshSku = () => `sku-${(runs += 1)}`;
    const found = async (filters: Filters = {}, sort: Sort = 'name') =>
      (await readAll(index, filters, sort, 100)).map(({ product }) => product);
    const skus = async (filters?: Filters, sort?: Sort) => (await found(filters, sort)).map(({ sku }) => sku);

    it('ends with the newest state of each product, in whatever order and however often they arrive', async () => {
      const anyLife = fc.record({
        product: fc.nat(4),
        versions: fc.integer({ min: 1, max: 4 }),
        ends: fc.boolean(),
      });
      const anyStates = fc.uniqueArray(anyLife, { minLength: 1, selector: ({ product }) => product });
      const anyOrder = fc.array(fc.nat(), { minLength: 50, maxLength: 50 });
      await fc.assert(
        fc.asyncProperty(anyStates, anyOrder, async (lives, order) => {
          const run = freshSku();
          await given();
          const states = lives.flatMap(({ product, versions, ends }) =>
            lifeOf(`${run}-${product}`, versions, ends),
          );
          let drawn = 0;
          const next = () => order[(drawn += 1) % order.length] ?? 0;
          const deliveries = shuffle([...states, ...states.slice(0, 3)], next);
          for (let start = 0; start < deliveries.length;) {
            const size = 1 + (next() % 4);
            await index.apply(deliveries.slice(start, start + size));
            start += size;
          }
          const newest = newestOf(states);
          assert.deepEqual(
            await index.versions(newest.map(skuOf)),
            new Map(newest.map((state) => [skuOf(state), versionOf(state)])),
          );
          const alive = newest.flatMap((state) => (state.status === 'listed' ? [state.product] : []));
          assert.deepEqual(bySku(await found()), bySku(alive));
        }),
        { numRuns: Math.ceil(25 * share) },
      );
    });

    it('never shows a withdrawn product again', async () => {
      const sku = freshSku();
      await given(listed(sku, 1));
      await index.apply([withdrawn(sku, 3)]);
      await index.apply([listed(sku, 2)]);
      assert.deepEqual(await skus(), []);
      assert.equal(await index.count(), 0);
      assert.deepEqual(await index.versions([sku, 'unknown']), new Map([[sku, 3]]));
    });

    it('tells the versions of a stretch of SKUs in their order, withdrawn products included', async () => {
      const run = freshSku();
      const [a, b, upper] = [`${run}-a`, `${run}-b`, `${run}-B`];
      await given(listed(b, 2), listed(upper, 1), withdrawn(a, 3));
      const range = async (...bounds: Parameters<typeof index.range>) => [...(await index.range(...bounds))];
      assert.deepEqual(await range(undefined, undefined, 10), [
        [upper, 1],
        [a, 3],
        [b, 2],
      ]);
      assert.deepEqual(await range(upper, a, 10), [[a, 3]]);
      assert.deepEqual(await range(undefined, undefined, 2), [
        [upper, 1],
        [a, 3],
      ]);
      assert.deepEqual(await range(b, undefined, 10), []);
    });

    it('knows the stock that was announced last, and says nothing before', async () => {
      const [known, unknown] = [freshSku(), freshSku()];
      await given(listed(known), listed(unknown));
      const first = await index.applyStock([
        { sku: known, available: 7, version: 5 },
        { sku: known, available: 9, version: 4 },
      ]);
      assert.deepEqual(first, new Set([known]));
      const other = freshSku();
      const second = await index.applyStock([
        { sku: known, available: 9, version: 4 },
        { sku: known, available: 8, version: 5 },
        { sku: other, available: 1, version: 1 },
      ]);
      assert.deepEqual(second, new Set([other]));
      assert.deepEqual(
        (await found()).map(({ sku, inStock, available }) => ({ sku, inStock, available })),
        [
          { sku: known, inStock: true, available: 7 },
          { sku: unknown, inStock: undefined, available: undefined },
        ],
      );
      assert.deepEqual(await skus({ inStock: true }), [known]);
      assert.deepEqual(await skus({ inStock: false }), [unknown]);
      assert.deepEqual(
        await index.stockLevels([known, unknown]),
        new Map([[known, { sku: known, available: 7, version: 5 }]]),
      );
      await index.applyStock([{ sku: known, available: 0, version: 6 }]);
      assert.deepEqual(await skus({ inStock: true }), []);
    });

    it('finds words in any case, without accents, and the last one before it is finished', async () => {
      const [coffee, lamp] = [freshSku(), freshSku()];
      await given(
        listed(coffee, 1, { name: 'Café Crème', tags: ['espresso'] }),
        listed(lamp, 1, { name: 'Copper Lamp', description: 'Warm light for a café table' }),
      );
      assert.deepEqual(await skus({ text: 'CAFE creme' }), [coffee]);
      assert.deepEqual(await skus({ text: 'copper la' }), [lamp]);
      assert.deepEqual(await skus({ text: 'espresso' }), [coffee]);
      assert.deepEqual(await skus({ text: 'copper espresso' }), []);
      assert.deepEqual(await skus({ text: 'café' }, 'relevance'), [coffee, lamp]);
    });

    it('takes both ends of a price range in', async () => {
      const [cheap, middle, dear] = [freshSku(), freshSku(), freshSku()];
      const priced = (sku: string, amount: number) => listed(sku, 1, { price: { amount, currency: 'EUR' } });
      await given(priced(cheap, 999), priced(middle, 1_000), priced(dear, 1_001));
      assert.deepEqual(await skus({ minPrice: 1_000 }), [middle, dear]);
      assert.deepEqual(await skus({ maxPrice: 1_000 }), [cheap, middle]);
      assert.deepEqual(await skus({ minPrice: 1_000, maxPrice: 1_000 }), [middle]);
      assert.deepEqual(await skus({ minPrice: 1_001, maxPrice: 999 }), []);
    });

    it('counts and finds what brute force does', async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(anyProduct, { maxLength: 25 }), anyFilters, async (generated, filters) => {
          const run = freshSku();
          const products = generated.map((product, at) => ({ ...product, sku: `${run}-${at}` }));
          const stocked = products.map((product, at) => ({ ...product, available: at % 3 === 0 ? at : 0 }));
          await given(...products.map((product) => ({ status: 'listed', product }) as const));
          await index.applyStock(stocked.map(({ sku, available }) => ({ sku, available, version: 1 })));
          assert.deepEqual(await index.summary(filters), summariseProducts(stocked, filters));
          const expected = stocked.filter((product) => matches(product, filters, product.available));
          assert.deepEqual((await skus(filters)).toSorted(), expected.map(({ sku }) => sku).toSorted());
        }),
        { numRuns: Math.ceil(40 * share) },
      );
    });

    for (const sort of sorts) {
      it(`pages by ${sort} without a gap or a repeat`, async () => {
        await fc.assert(
          fc.asyncProperty(
            fc.array(anyProduct, { minLength: 1, maxLength: 20 }),
            fc.integer({ min: 1, max: 7 }),
            fc.constantFrom(undefined, 'sencha', 'kettle'),
            async (generated, limit, text) => {
              const run = freshSku();
              const products = generated.map((product, at) => ({ ...product, sku: `${run}-${at}` }));
              await given(...products.map((product) => ({ status: 'listed', product }) as const));
              const filters = text === undefined ? {} : { text };
              const whole = await readAll(index, filters, sort, 100);
              assert.deepEqual(await readAll(index, filters, sort, limit), whole);
              assert.equal(new Set(whole.map(({ product }) => product.sku)).size, whole.length);
              assertSorted(whole, sort);
            },
          ),
          { numRuns: Math.ceil(15 * share) },
        );
      });
    }

    it('suggests what a name goes on like, from any of its words on', async () => {
      const [coffee, lamp, gone] = [freshSku(), freshSku(), freshSku()];
      await given(
        listed(coffee, 1, { name: 'Café Crème', category: 'coffee' }),
        listed(lamp, 1, { name: 'Copper Lamp', description: 'Warm light for a café table' }),
        listed(gone, 1, { name: 'Copper Café Lamp' }),
      );
      await index.apply([withdrawn(gone, 2)]);
      const suggested = async (text: string) => (await index.suggest(text, 5)).map(({ sku }) => sku);
      assert.deepEqual(await index.suggest('caf', 5), [
        { sku: coffee, name: 'Café Crème', category: 'coffee' },
      ]);
      assert.deepEqual(await suggested('COPPER LA'), [lamp]);
      assert.deepEqual(await suggested('lam'), [lamp]);
      assert.deepEqual(await suggested('Crè'), [coffee]);
      for (const nothing of ['table', '', '“”', "'", '\\', '💥']) {
        assert.deepEqual(await suggested(nothing), [], nothing);
      }
    });

    it('suggests no more than is asked for', async () => {
      const skus = [freshSku(), freshSku(), freshSku()];
      await given(...skus.map((sku) => listed(sku, 1, { name: 'Linen Sheet' })));
      assert.equal((await index.suggest('linen', 2)).length, 2);
      assert.deepEqual((await index.suggest('linen', 9)).map(({ sku }) => sku).toSorted(), skus.toSorted());
    });

    it('is the same after a rebuild', async () => {
      const [kept, gone, changed] = [freshSku(), freshSku(), freshSku()];
      const states = [listed(kept), withdrawn(gone, 2), listed(changed, 3, { name: 'Changed' })];
      await given();
      await index.apply(states);
      const live = await readAll(index, {}, 'name', 100);
      await given(...states);
      assert.deepEqual(await readAll(index, {}, 'name', 100), live);
      assert.deepEqual(await index.versions([gone]), new Map([[gone, 2]]));
    });

    it('shows the old products during a rebuild, and loses nothing that is applied meanwhile', async () => {
      const [old, scanned, live] = [freshSku(), freshSku(), freshSku()];
      await given(listed(old));
      async function* pages() {
        yield [listed(scanned, 1)];
        await index.apply([listed(scanned, 2, { name: 'Newer' }), listed(live)]);
        assert.deepEqual((await skus()).toSorted(), [old, scanned, live].toSorted());
        await assert.rejects(
          index.rebuild(() => pagesOf([])),
          /already being rebuilt/,
        );
        yield [listed(scanned, 1), listed(live)];
      }
      await index.rebuild(pages);
      assert.deepEqual((await skus()).toSorted(), [scanned, live].toSorted());
      assert.deepEqual(await index.versions([scanned]), new Map([[scanned, 2]]));
    });

    it('goes on with a rebuild that was cut off, and has what was applied meanwhile', async () => {
      const [old, first, second] = [freshSku(), freshSku(), freshSku()];
      await given(listed(old));
      const told: number[] = [];
      const onPage = (products: number) => told.push(products);
      async function* cutOff() {
        yield [listed(first)];
        throw new Error('killed');
      }
      await assert.rejects(index.rebuild(cutOff, { onPage }), /killed/);
      await index.apply([listed(first, 2, { name: 'Newer' })]);
      const starts: (string | undefined)[] = [];
      const rest = (after: string | undefined) => {
        starts.push(after);
        return pagesOf([[listed(second)]]);
      };
      await index.rebuild(rest, { resume: true, onPage });
      assert.deepEqual(starts, [first]);
      assert.deepEqual(told, [1, 2]);
      assert.deepEqual((await skus()).toSorted(), [first, second].toSorted());
      assert.deepEqual(await index.versions([first]), new Map([[first, 2]]));
    });

    it('begins a rebuild anew where none was cut off, or none is to be resumed', async () => {
      const [sku, other] = [freshSku(), freshSku()];
      const starts: (string | undefined)[] = [];
      const scan = (after: string | undefined) => {
        starts.push(after);
        return pagesOf([[listed(sku)]]);
      };
      await index.rebuild(scan, { resume: true });
      async function* cutOff() {
        yield [listed(other)];
        throw new Error('killed');
      }
      await assert.rejects(index.rebuild(cutOff), /killed/);
      await index.rebuild(scan);
      assert.deepEqual(starts, [undefined, undefined]);
      assert.deepEqual(await skus(), [sku]);
    });

    it('stays as it is when a rebuild fails, and can be rebuilt again', async () => {
      const sku = freshSku();
      await given(listed(sku));
      async function* broken() {
        yield [listed(freshSku())];
        throw new Error('the scan broke');
      }
      await assert.rejects(index.rebuild(broken), /the scan broke/);
      assert.deepEqual(await skus(), [sku]);
      await given();
      assert.deepEqual(await skus(), []);
    });
  });
}

function bySku(products: readonly ProductSnapshot[]): readonly ProductSnapshot[] {
  return products.toSorted((a, b) => (a.sku < b.sku ? -1 : 1));
}

async function* pagesOf(pages: readonly (readonly KnownProduct[])[]) {
  yield* pages;
}

async function readAll(
  index: SearchIndex,
  filters: Filters,
  sort: Sort,
  limit: number,
): Promise<readonly FoundProduct[]> {
  const all: FoundProduct[] = [];
  for (let after: Position | undefined; ;) {
    const page = await index.page({ filters, sort, limit, ...(after === undefined ? {} : { after }) });
    all.push(...page.found);
    after = page.found.at(-1)?.position;
    if (!page.more || after === undefined) return all;
  }
}

/** Versions 1 to n; `ends`: the last one withdraws the product. */
function lifeOf(sku: string, versions: number, ends: boolean): readonly KnownProduct[] {
  return Array.from({ length: versions }, (_, at) =>
    ends && at === versions - 1 ? withdrawn(sku, at + 1) : listed(sku, at + 1, { name: `Version ${at + 1}` }),
  );
}

function newestOf(states: readonly KnownProduct[]): readonly KnownProduct[] {
  const newest = new Map<string, KnownProduct>();
  for (const state of states) {
    const held = newest.get(skuOf(state));
    if (held === undefined || versionOf(held) < versionOf(state)) newest.set(skuOf(state), state);
  }
  return [...newest.values()];
}

function shuffle<T>(items: readonly T[], next: () => number): readonly T[] {
  return items
    .map((item) => ({ item, at: next() }))
    .toSorted((a, b) => a.at - b.at)
    .map(({ item }) => item);
}

function assertSorted(found: readonly FoundProduct[], sort: Sort): void {
  const value = (product: ProductSnapshot): number =>
    sort === 'newest'
      ? -Date.parse(product.createdAt)
      : product.price.amount * (sort === 'price-desc' ? -1 : 1);
  if (sort === 'name' || sort === 'relevance') return;
  const values = found.map(({ product }) => value(product));
  assert.deepEqual(
    values,
    values.toSorted((a, b) => a - b),
  );
}
