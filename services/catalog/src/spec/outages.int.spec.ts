/** What the catalog still does while its database is away. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Product, ProductPage } from '@ecommercestack/contracts';
import { stockLevelChanged } from '@ecommercestack/contracts';
import { createTestDatabase } from '@ecommercestack/event-store/testing';
import type { TestDatabase } from '@ecommercestack/event-store/testing';
import { eventually } from '@ecommercestack/kit/testing';
import { productFields } from '../adapters/contract/samples.ts';
import { codeOf, runCatalog, valueOf } from './running-catalog.ts';
import type { RunningCatalog } from './running-catalog.ts';
import { openTcpProxy } from './tcp-proxy.ts';
import type { TcpProxy } from './tcp-proxy.ts';

const ADMIN = ['admin'];
/** Nothing is fresh for long, so that every read asks the database, where it can. */
const SHORT_LIVED = { CACHE_TTL: '1ms' };

for (const way of ['cut', 'silence'] as const) {
  describe(`the catalog with a database that is ${way === 'cut' ? 'gone' : 'silent'}`, () => {
    let database: TestDatabase;
    let proxy: TcpProxy;
    let catalog: RunningCatalog;
    const page = (sku: string) => catalog.call<Product>('get-product', { sku });
    const search = (q: string) => catalog.call<ProductPage>('search-products', { q });

    before(async () => {
      database = await createTestDatabase();
      proxy = await openTcpProxy(database.connectionString);
      const limits = { PG_CONNECTION_TIMEOUT: '1s', PG_STATEMENT_TIMEOUT: '1s' };
      const reached = { ...database, connectionString: proxy.url };
      catalog = await runCatalog(reached, { ...SHORT_LIVED, ...limits, INDEX_CHECK_INTERVAL: '1h' });
      for (const sku of ['KNOWN', 'UNSEEN'])
        valueOf(await catalog.call('create-product', productFields(sku), ADMIN));
      await catalog.bus.publish([
        {
          id: '1',
          topic: stockLevelChanged.topic,
          key: 'KNOWN',
          type: stockLevelChanged.type,
          time: new Date().toISOString(),
          source: 'inventory',
          data: { sku: 'KNOWN', available: 3, version: 1 },
        },
      ]);
      await eventually(async () => {
        assert.equal(valueOf(await page('KNOWN')).available, 3);
        assert.equal(valueOf(await search('product')).total, 2);
      });
      // What was read while a change was being told of is not kept past it.
      await catalog.bus.drain();
      valueOf(await page('KNOWN'));
      valueOf(await search('product'));
      proxy[way]();
    });
    after(async () => {
      proxy.restore();
      await catalog.stop();
      await proxy.close();
      await database.drop();
    });

    it('shows pages that were read before, without stock: that would be of long ago', async () => {
      const { sku, available, inStock } = valueOf(await page('KNOWN'));
      assert.deepEqual(
        { sku, available, inStock },
        { sku: 'KNOWN', available: undefined, inStock: undefined },
      );
    });

    it('gives the prices that orders ask for', async () => {
      const { items } = valueOf(
        await catalog.call<{ items: Product[] }>('get-products', { skus: ['KNOWN'] }),
      );
      assert.deepEqual(
        items.map(({ price }) => price),
        [productFields('KNOWN').price],
      );
    });

    it('answers searches that were asked before', async () => {
      assert.equal(valueOf(await search('product')).total, 2);
    });

    it('refuses everything else with a code that says to come back', async () => {
      const edit = { sku: 'KNOWN', patch: { name: 'New' } };
      const [cold, coldSearch, edited, history] = await Promise.all([
        page('NEVER-READ'),
        search('kettle'),
        catalog.call('update-product', edit, ADMIN),
        catalog.call('get-product-events', { sku: 'KNOWN' }, ADMIN),
      ]);
      assert.deepEqual([cold, coldSearch, edited, history].map(codeOf), [
        'products-unavailable',
        'search-unavailable',
        'products-unavailable',
        'products-unavailable',
      ]);
    });

    it('takes calls, and says what it lacks', async () => {
      const [database_, ...others] = catalog.app.readiness;
      assert.deepEqual(others, []);
      assert.equal(typeof (await database_?.check()), 'string');
      assert.equal(database_?.optional?.messages, 'wait');
    });

    it('is as before when the database is back', async () => {
      proxy.restore();
      await eventually(async () => {
        const edit = { sku: 'KNOWN', patch: { name: `After ${way}` } };
        assert.equal(codeOf(await catalog.call('update-product', edit, ADMIN)), 'ok');
        const { name, available } = valueOf(await page('KNOWN'));
        assert.deepEqual({ name, available }, { name: edit.patch.name, available: 3 });
      });
    });
  });
}
