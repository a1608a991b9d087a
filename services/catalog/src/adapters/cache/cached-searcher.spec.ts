import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { FoundPage, PageRequest, Summary } from '../../domain/search.ts';
import { createCachedSearcher } from './cached-searcher.ts';
import type { CachedSearcherOptions } from './cached-searcher.ts';
import type { CacheResult } from '../../metrics.ts';
import { createMemoryCacheWorld, createMemorySharedCache } from '../memory/shared-cache.ts';
import { createGuardedCache } from './guarded-cache.ts';

const emptySummary: Summary = { total: 0, facets: { category: [], brand: [], price: [], inStock: 0 } };
const request: PageRequest = { filters: { text: 'tea' }, sort: 'relevance', limit: 20 };

/** A searcher whose pages are answered, and told apart, by the spec. */
function scene(options: Partial<CachedSearcherOptions> = {}) {
  const pages: ((page: FoundPage) => void)[] = [];
  const summaries: unknown[] = [];
  const results: CacheResult[] = [];
  const clock = { ms: 1_000 };
  const searcher = createCachedSearcher(
    {
      page: () => new Promise((resolve) => pages.push(resolve)),
      suggest: async () => [],
      summary: async (filters) => {
        summaries.push(filters);
        return emptySummary;
      },
    },
    {
      maxEntries: 10,
      lifetimes: { freshMs: 5_000, negativeMs: 5_000, staleMs: 60_000 },
      now: () => clock.ms,
      random: () => 0.5,
      count: (level) => (result) => void (level === 'l1' && results.push(result)),
      ...options,
    },
  );
  return { searcher, pages, summaries, results, clock };
}
const page = (more: boolean): FoundPage => ({ found: [], more });

describe('the cache of searches', () => {
  it('asks the index once for a thousand readers of a search', async () => {
    const { searcher, pages, results } = scene();
    const readers = Array.from({ length: 1_000 }, () => searcher.page(request));
    await Promise.resolve();
    assert.equal(pages.length, 1);
    pages[0]?.(page(true));
    assert.equal((await Promise.all(readers)).length, 1_000);
    assert.deepEqual([results[0], results[1]], ['miss', 'shared']);
    await searcher.page(request);
    assert.equal(pages.length, 1);
    assert.equal(results.at(-1), 'hit');
  });

  it('tells pages apart by filters, order, place and size', async () => {
    const { searcher, pages } = scene();
    const others: readonly PageRequest[] = [
      request,
      { ...request, filters: { text: 'teas' } },
      { ...request, sort: 'name' },
      { ...request, limit: 10 },
      { ...request, after: { key: 1, sku: 'A' } },
      { ...request, after: { key: 1, sku: 'B' } },
      { ...request, after: { key: 2, sku: 'A' } },
    ];
    const reads = others.map((other) => searcher.page(other));
    await Promise.resolve();
    assert.equal(pages.length, others.length);
    for (const answer of pages) answer(page(false));
    await Promise.all(reads);
  });

  it('counts once for all pages and orders of a search', async () => {
    const { searcher, summaries } = scene();
    await searcher.summary({ text: 'tea' });
    await searcher.summary({ text: 'tea' });
    assert.equal(summaries.length, 1);
  });

  it('does not find again what was read before a change, even if it arrives after', async () => {
    const { searcher, pages } = scene();
    const before = searcher.page(request);
    await Promise.resolve();
    await searcher.startGeneration();
    const after = searcher.page(request);
    await Promise.resolve();
    pages[1]?.(page(true));
    pages[0]?.(page(false));
    assert.deepEqual(await before, page(false));
    assert.deepEqual(await after, page(true));
    assert.deepEqual(await searcher.page(request), page(true));
    assert.equal(pages.length, 2);
  });

  it('asks again after the TTL', async () => {
    const { searcher, pages, clock } = scene();
    for (const answers of [1, 2]) {
      const read = searcher.page(request);
      await Promise.resolve();
      assert.equal(pages.length, answers);
      pages.at(-1)?.(page(false));
      await read;
      clock.ms += 5_001;
    }
  });
});

describe('the cache of searches that replicas share', () => {
  async function replicas() {
    const world = createMemoryCacheWorld(() => 0);
    const open = async (name: string) => {
      const cache = createGuardedCache({
        cache: createMemorySharedCache(world, name),
        now: () => 0,
        onState: () => undefined,
      });
      const replica = scene({ cache });
      replica.searcher.adopt(await cache.probe());
      return { ...replica, cache };
    };
    const [one, two] = [await open('1'), await open('2')];
    // Each new one starts a generation, of which the others hear.
    one.searcher.adopt(await one.cache.probe());
    return { one, two, world };
  }
  const turn = () => new Promise((resolve) => void setImmediate(resolve));

  it('asks the index once for all of them', async () => {
    const { one, two } = await replicas();
    const first = one.searcher.page(request);
    await turn();
    one.pages[0]?.(page(true));
    await first;
    assert.deepEqual(await two.searcher.page(request), page(true));
    assert.equal(two.pages.length, 0);
  });

  it('does not find what another one found before a change that it has heard of', async () => {
    const { one, two } = await replicas();
    const before = one.searcher.page(request);
    await turn();
    const generation = await two.searcher.startGeneration();
    one.pages[0]?.(page(false));
    await before;
    one.searcher.adopt(generation);
    const reads = [one.searcher.page(request), two.searcher.page(request)];
    await turn();
    const asked = [one.pages[1], two.pages[0]].filter((answer) => answer !== undefined);
    assert.equal(asked.length, 1);
    asked[0]?.(page(true));
    assert.deepEqual(await Promise.all(reads), [page(true), page(true)]);
  });

  it('neither gives nor takes what is shared while it starts a generation', async () => {
    const { one, two } = await replicas();
    const shared = two.searcher.page(request);
    await turn();
    two.pages[0]?.(page(false));
    await shared;
    const started = one.searcher.startGeneration();
    const read = one.searcher.page(request);
    await turn();
    assert.equal(one.pages.length, 1);
    one.pages[0]?.(page(true));
    assert.deepEqual(await read, page(true));
    await started;
  });

  it('shares nothing while no generation is known', async () => {
    const { one, two } = await replicas();
    two.searcher.adopt(undefined);
    const alone = two.searcher.page(request);
    await turn();
    two.pages[0]?.(page(true));
    await alone;
    const other = one.searcher.page(request);
    await turn();
    assert.equal(one.pages.length, 1);
    one.pages[0]?.(page(false));
    assert.deepEqual(await other, page(false));
  });
});
