/** What the catalog does while Elasticsearch is away, and afterwards. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Product, ProductPage, ProductSuggestions } from '@ecommercestack/contracts';
import { stockLevelChanged } from '@ecommercestack/contracts';
import { createTestDatabase } from '@ecommercestack/event-store/testing';
import type { TestDatabase } from '@ecommercestack/event-store/testing';
import { eventually } from '@ecommercestack/kit/testing';
import { productFields } from '../adapters/contract/samples.ts';
import { createClient } from '../adapters/elasticsearch/client.ts';
import { codeOf, runCatalog, valueOf } from './running-catalog.ts';
import type { RunningCatalog } from './running-catalog.ts';
import { openTcpProxy } from './tcp-proxy.ts';
import type { TcpProxy } from './tcp-proxy.ts';

const ADMIN = ['admin'];
const LIMIT_MS = 60_000;
const prefix = `spec-${crypto.randomUUID().slice(0, 13)}`;

describe('the catalog and Elasticsearch', { timeout: 240_000 }, () => {
  const client = createClient(process.env['ELASTICSEARCH_URL'] ?? '');
  let database: TestDatabase;
  let proxy: TcpProxy;
  let catalog: RunningCatalog;

  before(async () => {
    database = await createTestDatabase();
    proxy = await openTcpProxy(process.env['ELASTICSEARCH_URL'] ?? '');
    proxy.cut();
    catalog = await runCatalog(database, {
      SEARCH_INDEX: 'elasticsearch',
      ELASTICSEARCH_URL: proxy.url,
      ELASTICSEARCH_PREFIX: prefix,
      CACHE_TTL: '1ms',
      INDEX_CHECK_INTERVAL: '1h',
    });
  });
  after(async () => {
    proxy.restore();
    await catalog.stop();
    await proxy.close();
    const made = Object.keys(await client.indices.get({ index: `${prefix}-*` }));
    if (made.length > 0) await client.indices.delete({ index: made });
    await client.close();
    await database.drop();
  });

  const create = async (sku: string, name: string) =>
    valueOf(await catalog.call<Product>('create-product', productFields(sku, { name }), ADMIN));
  const search = (q: string) => catalog.call<ProductPage>('search-products', { q });
  const suggest = (q: string) => catalog.call<ProductSuggestions>('suggest-products', { q });
  const reasons = () => Promise.all(catalog.app.readiness.map(({ check }) => check()));

  it('starts without it: products are made and read, and searches refused with a code of their own', async () => {
    await create('EARLY', 'Early Bird');
    assert.equal(valueOf(await catalog.call<Product>('get-product', { sku: 'EARLY' })).name, 'Early Bird');
    assert.deepEqual(
      [codeOf(await search('early')), codeOf(await suggest('ear'))],
      ['search-unavailable', 'search-unavailable'],
    );
    assert.equal((await reasons()).filter((reason) => reason !== undefined).length, 1);
  });

  it(
    'refuses searches in time where it takes connections and says nothing',
    { timeout: 20_000 },
    async () => {
      proxy.silence();
      assert.deepEqual(
        [codeOf(await search('early')), codeOf(await suggest('ear'))],
        ['search-unavailable', 'search-unavailable'],
      );
    },
  );

  it('catches up when it comes: indices are made, and what was announced meanwhile is found', async () => {
    proxy.restore();
    await eventually(async () => assert.equal(valueOf(await search('early')).total, 1), LIMIT_MS);
    // One copy of a shard may know before another.
    await eventually(async () =>
      assert.deepEqual(valueOf(await suggest('bi')).items, [
        { sku: 'EARLY', name: 'Early Bird', category: 'tea' },
      ]),
    );
    assert.deepEqual(
      (await reasons()).filter((reason) => reason !== undefined),
      [],
    );
  });

  it('shows the stock that was announced, once it has been away', async () => {
    proxy.cut();
    const level = { sku: 'EARLY', available: 3, version: 1 };
    const { topic, type } = stockLevelChanged;
    const time = new Date().toISOString();
    const published = catalog.bus.publish([
      { id: 'level-1', topic, key: 'EARLY', type, time, source: 'inventory', data: level },
    ]);
    await create('LATER', 'Later Bird');
    proxy.restore();
    await published;
    await eventually(async () => {
      const page = valueOf(await catalog.call<ProductPage>('search-products', { q: 'bird', inStock: true }));
      assert.deepEqual(
        page.items.map(({ sku, available }) => [sku, available]),
        [['EARLY', 3]],
      );
      assert.equal(valueOf(await search('bird')).total, 2);
    }, LIMIT_MS);
  });

  for (const way of ['cut', 'silence'] as const) {
    it(`goes on while it is ${way === 'cut' ? 'gone' : 'silent'}: searches of before, pages without stock, prices, edits`, async () => {
      const page = () => catalog.call<Product>('get-product', { sku: 'EARLY' });
      await eventually(async () => assert.equal(valueOf(await page()).available, 3), LIMIT_MS);
      using _ = { [Symbol.dispose]: () => proxy.restore() };
      await eventually(async () => {
        // Again, where a change of before has reached the index only now: it outdates what was found.
        proxy.restore();
        assert.equal(valueOf(await search('bird')).total, 2);
        proxy[way]();
        assert.equal(valueOf(await search('bird')).total, 2);
      }, LIMIT_MS);
      assert.equal(codeOf(await search(`never ${way}`)), 'search-unavailable');
      const { name, available } = valueOf(await page());
      assert.deepEqual({ name, available }, { name: 'Early Bird', available: undefined });
      const bought = await catalog.call<{ items: Product[] }>('get-products', { skus: ['LATER'] });
      assert.deepEqual(
        valueOf(bought).items.map(({ price }) => price),
        [productFields('LATER').price],
      );
      const edit = { sku: 'LATER', patch: { tags: [`edited-${way}`] } };
      assert.equal(codeOf(await catalog.call('update-product', edit, ADMIN)), 'ok');

      proxy.restore();
      await eventually(async () => assert.equal(valueOf(await search(`edited-${way}`)).total, 1), LIMIT_MS);
    });
  }
});
