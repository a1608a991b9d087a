/** What the catalog does while MongoDB is away, and afterwards. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Product, ProductPage } from '@ecommercestack/contracts';
import { createTestDatabase } from '@ecommercestack/event-store/testing';
import type { TestDatabase } from '@ecommercestack/event-store/testing';
import { eventually } from '@ecommercestack/kit/testing';
import { productFields } from '../adapters/contract/samples.ts';
import { freshDatabase } from '../adapters/mongodb/spec-support.ts';
import type { FreshDatabase } from '../adapters/mongodb/spec-support.ts';
import { codeOf, runCatalog, valueOf } from './running-catalog.ts';
import type { RunningCatalog } from './running-catalog.ts';
import { openTcpProxy } from './tcp-proxy.ts';
import type { TcpProxy } from './tcp-proxy.ts';

const ADMIN = ['admin'];
const LIMIT_MS = 20_000;

describe('the catalog and MongoDB', { timeout: 70_000 }, () => {
  let database: TestDatabase;
  let products: FreshDatabase;
  let proxy: TcpProxy;
  const running: RunningCatalog[] = [];

  before(async () => {
    database = await createTestDatabase({ maxConnections: 20 });
    products = freshDatabase(process.env['MONGODB_URL']);
    proxy = await openTcpProxy(products.url);
  });
  after(async () => {
    proxy.restore();
    for (const catalog of running) await catalog.stop();
    await proxy.close();
    await products.drop();
    await database.drop();
  });

  const start = async (env: Readonly<Record<string, string>> = {}): Promise<RunningCatalog> => {
    const catalog = await runCatalog(database, {
      PRODUCT_STORE: 'mongodb',
      MONGODB_URL: proxy.url,
      CACHE_TTL: '1ms',
      ...env,
    });
    running.push(catalog);
    return catalog;
  };
  const create = async (catalog: RunningCatalog, sku: string) =>
    valueOf(await catalog.call<Product>('create-product', productFields(sku), ADMIN));
  const found = async (catalog: RunningCatalog, q: string) =>
    valueOf(await catalog.call<ProductPage>('search-products', { q })).total;

  for (const way of ['cut', 'silence'] as const) {
    it(`refuses edits with a code of their own while it is ${way === 'cut' ? 'gone' : 'silent'}, and goes on after`, async () => {
      const catalog = await start();
      const [known, unseen, later] = ['KNOWN', 'UNSEEN', 'LATER'].map((name) => `${name}-${way}`);
      assert.ok(known !== undefined && unseen !== undefined && later !== undefined);
      for (const sku of [known, unseen]) await create(catalog, sku);
      valueOf(await catalog.call('get-product', { sku: known }));
      await eventually(async () => assert.equal(await found(catalog, unseen), 1), LIMIT_MS);

      proxy[way]();
      using _ = { [Symbol.dispose]: () => proxy.restore() };
      const patch = { name: 'Other' };
      const edits = await Promise.all([
        catalog.call('create-product', productFields(later), ADMIN),
        catalog.call('update-product', { sku: known, patch }, ADMIN),
        catalog.call('import-products', { items: [productFields(later)] }, ADMIN),
        catalog.call('get-product', { sku: 'NEVER-READ' }),
      ]);
      assert.deepEqual(new Set(edits.map(codeOf)), new Set(['products-unavailable']));
      assert.equal(valueOf(await catalog.call<Product>('get-product', { sku: known })).sku, known);
      assert.equal(await found(catalog, unseen), 1);

      proxy.restore();
      await eventually(async () => {
        const outcome = await catalog.call('update-product', { sku: known, patch: { tags: [way] } }, ADMIN);
        assert.equal(codeOf(outcome), 'ok');
      }, LIMIT_MS);
      await eventually(async () => {
        const page = await catalog.call<ProductPage>('search-products', { q: known });
        assert.deepEqual(valueOf(page).items[0]?.tags, [way]);
      }, LIMIT_MS);
    });
  }

  it('announces after a restart what it could not announce before', async () => {
    const first = await start({ INSTANCE_ID: 'first' });
    // Its bus is gone, so that the announcement stays where it is.
    await first.bus.close();
    await create(first, 'RESTARTED');
    await first.app.stop();
    running.splice(running.indexOf(first), 1);
    const second = await start({ INSTANCE_ID: 'second' });
    await eventually(async () => assert.equal(await found(second, 'RESTARTED'), 1), LIMIT_MS);
  });

  it('keeps the order of edits made through two replicas', async () => {
    const replicas = [await start({ INSTANCE_ID: 'a' }), await start({ INSTANCE_ID: 'b' })];
    const [one] = replicas;
    assert.ok(one !== undefined);
    await create(one, 'RACED');
    const edits = replicas.flatMap((replica, at) =>
      [1, 2, 3, 4].map((turn) =>
        replica.call('update-product', { sku: 'RACED', patch: { tags: [`${at}-${turn}`] } }, ADMIN),
      ),
    );
    assert.deepEqual(new Set((await Promise.all(edits)).map(codeOf)), new Set(['ok']));
    const product = valueOf(await one.call<Product>('get-product', { sku: 'RACED' }, ADMIN));
    assert.equal(product.version, 9);
    await eventually(async () => {
      const { items } = valueOf(await one.call<ProductPage>('search-products', { q: 'RACED' }));
      assert.deepEqual(items, [{ ...product, highlight: items[0]?.highlight }]);
    }, LIMIT_MS);
  });
});
