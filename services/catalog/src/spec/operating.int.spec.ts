import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Product, ProductPage } from '@ecommercestack/contracts';
import { createTestDatabase } from '@ecommercestack/event-store/testing';
import type { TestDatabase } from '@ecommercestack/event-store/testing';
import { renderMetrics } from '@ecommercestack/kit';
import { eventually } from '@ecommercestack/kit/testing';
import { productFields } from '../adapters/contract/samples.ts';
import { codeOf, runCatalog, valueOf } from './running-catalog.ts';
import type { RunningCatalog } from './running-catalog.ts';

const ADMIN = ['admin'];
const FAST_CHECK = { INDEX_CHECK_INTERVAL: '5ms', INDEX_CHECK_GRACE: '1ms' };
const QUICK_CACHE = { CACHE_TTL: '20ms' };

async function scene(run: (database: TestDatabase) => Promise<void>): Promise<void> {
  const database = await createTestDatabase();
  try {
    await run(database);
  } finally {
    await database.drop();
  }
}

const create = async (catalog: RunningCatalog, sku: string) =>
  valueOf(await catalog.call<Product>('create-product', productFields(sku), ADMIN));
const total = async (catalog: RunningCatalog) =>
  valueOf(await catalog.call<ProductPage>('search-products', {})).total;

describe('operating the catalog', () => {
  it('mends an index that has lost documents, and says so', () =>
    scene(async (database) => {
      const catalog = await runCatalog(database, { ...FAST_CHECK, ...QUICK_CACHE });
      for (const sku of ['A', 'B', 'C']) await create(catalog, sku);
      await eventually(async () => assert.equal(await total(catalog), 3));
      await database.pool.query(`DELETE FROM search_documents WHERE sku IN ('A', 'C')`);
      await eventually(async () => {
        const { body } = await renderMetrics(catalog.metrics.registry);
        assert.match(body, /^catalog_index_drift_documents\{service="catalog"\} [12]$/m);
      });
      await eventually(async () => assert.equal(await total(catalog), 3));
      await catalog.stop();
    }));

  it('announces after a restart what it could not announce before', () =>
    scene(async (database) => {
      const first = await runCatalog(database);
      // Its bus is gone, so that the announcement stays in the outbox.
      await first.bus.close();
      await create(first, 'LATE');
      await first.app.stop();
      const second = await runCatalog(database);
      await eventually(async () => assert.equal(await total(second), 1));
      await second.stop();
    }));

  it('shows an edit through every replica: to an administrator at once, to all within the TTL', () =>
    scene(async (database) => {
      const one = await runCatalog(database, { INSTANCE_ID: '1' });
      const two = await runCatalog(database, { INSTANCE_ID: '2', CACHE_TTL: '1s' });
      await create(one, 'SHARED');
      const read = async (roles: readonly string[]) =>
        valueOf(await two.call<Product>('get-product', { sku: 'SHARED' }, roles)).name;
      await read([]);
      await one.call('update-product', { sku: 'SHARED', patch: { name: 'Edited' } }, ADMIN);
      assert.equal(await read(ADMIN), 'Edited');
      await eventually(async () => assert.equal(await read([]), 'Edited'));
      await one.stop();
      await two.stop();
    }));

  it('keeps the order of edits made through two replicas', () =>
    scene(async (database) => {
      const replicas = await Promise.all(
        ['1', '2'].map((instance) => runCatalog(database, { INSTANCE_ID: instance, ...QUICK_CACHE })),
      );
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
        const { items } = valueOf(await one.call<ProductPage>('search-products', {}));
        assert.deepEqual(items, [product]);
      });
      for (const replica of replicas) await replica.stop();
    }));

  it('loses no edit that is made while the index is rebuilt again and again', () =>
    scene(async (database) => {
      const catalog = await runCatalog(database, { ...QUICK_CACHE, INDEX_CHECK_INTERVAL: '1h' });
      let editing = true;
      const edits = (async () => {
        for (let at = 0; at < 40; at += 1) {
          await create(catalog, `R-${at}`);
          if (at % 3 === 0) await catalog.call('delete-product', { sku: `R-${at}` }, ADMIN);
          if (at % 3 === 1) {
            await catalog.call('update-product', { sku: `R-${at}`, patch: { name: `New ${at}` } }, ADMIN);
          }
        }
      })().finally(() => {
        editing = false;
      });
      while (editing) await catalog.app.rebuildIndex();
      await edits;
      await catalog.bus.drain();
      await eventually(async () => {
        const { rows } = await database.pool.query<{ stored: unknown; indexed: unknown }>(
          `SELECT (SELECT jsonb_agg(jsonb_build_array(sku, version, document) ORDER BY sku) FROM products) AS stored,
             (SELECT jsonb_agg(jsonb_build_array(sku, version, document) ORDER BY sku) FROM search_documents) AS indexed`,
        );
        assert.deepEqual(rows[0]?.indexed, rows[0]?.stored);
      });
      await catalog.stop();
    }));
});
