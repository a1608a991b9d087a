import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import type { AuditEvent, ImportResult, Product, ProductPage } from '@ecommercestack/contracts';
import { renderMetrics } from '@ecommercestack/kit';
import { eventually } from '@ecommercestack/kit/testing';
import { productFields } from '../adapters/contract/samples.ts';
import { codeOf, valueOf } from './running-catalog.ts';
import type { RunningCatalog } from './running-catalog.ts';

const ADMIN = ['admin'];

/** What the catalog does as a whole, wherever it keeps its products, its index and its cache. */
export function catalogContract(name: string, run: () => Promise<RunningCatalog>): void {
  describe(`the catalog on ${name}`, () => {
    let catalog: RunningCatalog;
    let made = 0;
    before(async () => {
      catalog = await run();
    });
    after(() => catalog.stop());

    const create = async (fields: Parameters<typeof productFields>[1] = {}): Promise<Product> => {
      const input = productFields(`APP-${(made += 1)}`, fields);
      return valueOf(await catalog.call<Product>('create-product', input, ADMIN));
    };
    const get = (sku: string, roles?: readonly string[]) =>
      catalog.call<Product>('get-product', { sku }, roles);
    const search = async (query: Record<string, unknown>) =>
      valueOf(await catalog.call<ProductPage>('search-products', query));
    const announceStock = (sku: string, available: number, version: number) =>
      catalog.bus.publish([
        {
          id: randomUUID(),
          topic: 'inventory.stock',
          key: sku,
          type: 'stock-level-changed',
          time: new Date().toISOString(),
          source: 'inventory',
          data: { sku, available, version },
        },
      ]);

    it('shows a product to its maker at once, and to a search soon', async () => {
      const product = await create({ name: 'Moonlight Oolong' });
      assert.equal(product.version, 1);
      assert.deepEqual(valueOf(await get(product.sku)), product);
      await eventually(async () => {
        const page = await search({ q: 'moonlight' });
        const name = [
          { text: 'Moonlight', match: true },
          { text: ' Oolong', match: false },
        ];
        assert.deepEqual(page.items, [{ ...product, highlight: { name } }]);
      });
    });

    it('shows every edit at once, also to a reader who has it cached', async () => {
      const { sku } = await create();
      valueOf(await get(sku));
      const patch = { price: { amount: 1_190, currency: 'EUR' } };
      const updated = valueOf(await catalog.call<Product>('update-product', { sku, patch }, ADMIN));
      assert.deepEqual(updated.price, patch.price);
      assert.equal(updated.version, 2);
      assert.deepEqual(valueOf(await get(sku)), updated);
      assert.equal(codeOf(await catalog.call('get-product', { sku, asOf: '3' })), 'not-found');
    });

    it('answers a product that never was, then was created', async () => {
      const sku = `APP-${made + 1}`;
      assert.equal(codeOf(await get(sku)), 'not-found');
      await create();
      await eventually(async () => assert.equal(codeOf(await get(sku, ADMIN)), 'ok'));
      assert.equal(codeOf(await get(sku)), 'ok');
    });

    it('writes no event for an update that changes nothing', async () => {
      const { sku, name } = await create();
      const same = valueOf(await catalog.call<Product>('update-product', { sku, patch: { name } }, ADMIN));
      assert.equal(same.version, 1);
    });

    it('refuses an edit of a version that is no longer current', async () => {
      const { sku } = await create();
      const update = (name: string) =>
        catalog.call('update-product', { sku, expectedVersion: 1, patch: { name } }, ADMIN);
      const outcomes = await Promise.all([update('One'), update('Two'), update('Three')]);
      assert.deepEqual(outcomes.map(codeOf).toSorted(), ['ok', 'version-conflict', 'version-conflict']);
      assert.equal(
        codeOf(await catalog.call('delete-product', { sku, expectedVersion: 1 }, ADMIN)),
        'version-conflict',
      );
    });

    it('loses none of many edits at once that expect no version', async () => {
      const { sku } = await create();
      const tags = ['a', 'b', 'c', 'd', 'e'];
      await Promise.all(
        tags.map((tag) => catalog.call('update-product', { sku, patch: { tags: [tag] } }, ADMIN)),
      );
      assert.equal(valueOf(await get(sku, ADMIN)).version, 1 + tags.length);
    });

    it('imports a batch around the bad lines in its middle, and does nothing the second time', async () => {
      const [gone, changed] = [await create(), await create()];
      await catalog.call('delete-product', { sku: gone.sku }, ADMIN);
      const fresh = Array.from({ length: 195 }, (_, at) => productFields(`IMPORTED-${at}`));
      const middle = [
        productFields(gone.sku),
        productFields('WRONG', { price: { amount: 1, currency: 'USD' } }),
        productFields('suggest'),
        productFields(changed.sku, { name: 'Twice' }),
        productFields(changed.sku, { name: 'Changed' }),
      ];
      const items = [...fresh.slice(0, 100), ...middle, ...fresh.slice(100)];
      const told = async () => {
        const { results } = valueOf(
          await catalog.call<{ results: ImportResult[] }>('import-products', { items }, ADMIN),
        );
        return results.map((result) => ('change' in result ? result.change : result.problem.code));
      };
      const refused = ['product-exists', 'wrong-currency', 'sku-reserved'];
      const first = await told();
      assert.deepEqual(first.slice(100, 105), [...refused, 'updated', 'updated']);
      assert.deepEqual(new Set([...first.slice(0, 100), ...first.slice(105)]), new Set(['created']));
      assert.equal(valueOf(await get(changed.sku, ADMIN)).name, 'Changed');
      const history = valueOf(
        await catalog.call<{ items: AuditEvent[] }>('get-product-events', { sku: 'IMPORTED-150' }, ADMIN),
      );
      assert.deepEqual(
        history.items.map(({ type, actor }) => [type, actor]),
        [['product-created', 'ada']],
      );
      await eventually(async () => assert.equal((await search({ q: 'imported', limit: 1 })).total, 195));
      assert.deepEqual(new Set((await told()).slice(0, 100)), new Set(['unchanged']));
    });

    it('keeps the history of a withdrawn product, and its SKU taken', async () => {
      const { sku, createdAt } = await create({ name: 'First' });
      await catalog.call('update-product', { sku, patch: { name: 'Second' } }, ADMIN);
      const deleted = valueOf(await catalog.call<{ version: number }>('delete-product', { sku }, ADMIN));
      assert.equal(deleted.version, 3);
      assert.equal(codeOf(await get(sku)), 'not-found');
      assert.equal(codeOf(await catalog.call('delete-product', { sku }, ADMIN)), 'not-found');
      assert.equal(codeOf(await catalog.call('create-product', productFields(sku), ADMIN)), 'product-exists');

      const asOf = async (point: string) => catalog.call<Product>('get-product', { sku, asOf: point });
      assert.equal(valueOf(await asOf('1')).name, 'First');
      assert.equal(valueOf(await asOf('2')).name, 'Second');
      assert.equal(codeOf(await asOf('3')), 'not-found');
      assert.equal(codeOf(await asOf('4')), 'not-found');
      assert.equal(codeOf(await asOf('2001-01-01T00:00:00Z')), 'not-found');
      assert.equal(valueOf(await asOf(createdAt)).name, 'First');

      const events = valueOf(
        await catalog.call<{ items: AuditEvent[] }>('get-product-events', { sku }, ['support']),
      );
      assert.deepEqual(
        events.items.map(({ version, type, actor }) => ({ version, type, actor })),
        [
          { version: 1, type: 'product-created', actor: 'ada' },
          { version: 2, type: 'product-updated', actor: 'ada' },
          { version: 3, type: 'product-deleted', actor: 'ada' },
        ],
      );
      assert.deepEqual(events.items[1]?.data, { changes: { name: 'Second' } });
      await eventually(async () => assert.equal((await search({ q: 'second' })).total, 0));
    });

    it('lets only administrators edit, and only staff read histories', async () => {
      const { sku } = await create();
      for (const roles of [[], ['customer'], ['support'], ['operator']]) {
        const outcomes = await Promise.all([
          catalog.call('create-product', productFields('FORBIDDEN'), roles),
          catalog.call('update-product', { sku, patch: { name: 'x' } }, roles),
          catalog.call('delete-product', { sku }, roles),
        ]);
        assert.deepEqual(outcomes.map(codeOf), ['forbidden', 'forbidden', 'forbidden']);
      }
      assert.equal(codeOf(await catalog.call('get-product-events', { sku }, ['customer'])), 'forbidden');
      assert.equal(
        codeOf(await catalog.call('get-product-events', { sku: 'NONE' }, ['support'])),
        'not-found',
      );
    });

    it('shows stock as the inventory announces it', async () => {
      const { sku } = await create({ brand: 'Stocked' });
      assert.equal(valueOf(await get(sku)).available, undefined);
      await announceStock(sku, 3, 2);
      await announceStock(sku, 9, 1);
      const product = valueOf(await get(sku));
      assert.deepEqual([product.inStock, product.available], [true, 3]);
      await eventually(async () => {
        const page = await search({ brand: 'Stocked', inStock: true });
        assert.deepEqual(
          page.items.map(({ available }) => available),
          [3],
        );
      });
      await announceStock(sku, 0, 3);
      assert.equal(valueOf(await get(sku)).inStock, false);
    });

    it('reads many at once, each once, and names the missing', async () => {
      const [first, second] = [await create(), await create()];
      const { items, missing } = valueOf(
        await catalog.call<{ items: Product[]; missing: string[] }>('get-products', {
          skus: [second.sku, 'NONE', first.sku, second.sku],
        }),
      );
      assert.deepEqual(items, [second, first]);
      assert.deepEqual(missing, ['NONE']);
    });

    it('continues a search by its cursor, and no other one', async () => {
      for (let at = 0; at < 3; at += 1) await create({ brand: 'Paged' });
      await eventually(async () => assert.equal((await search({ brand: 'Paged', limit: 99 })).total, 3));
      const first = await search({ brand: 'Paged', limit: 2, sort: 'name' });
      const cursor: string | undefined = first.nextCursor;
      assert.ok(cursor !== undefined);
      const second = await search({ brand: 'Paged', limit: 2, sort: 'name', cursor });
      assert.equal(new Set([...first.items, ...second.items].map(({ sku }) => sku)).size, 3);
      assert.equal(second.nextCursor, undefined);
      const others = [{ sort: 'newest' }, { sort: 'name', minPrice: 1 }, { sort: 'name', q: 'x' }];
      const refused = others.map((other) =>
        catalog.call('search-products', { brand: 'Paged', ...other, cursor }),
      );
      assert.deepEqual(new Set((await Promise.all(refused)).map(codeOf)), new Set(['invalid-request']));
      assert.equal(
        codeOf(
          await catalog.call('search-products', { brand: 'Paged', sort: 'name', cursor: 'bm9uc2Vuc2U' }),
        ),
        'invalid-request',
      );
    });

    it('refuses text that no database can store', async () => {
      for (const name of ['a\0b', 'a\ud800b']) {
        const input = productFields('UNSTORABLE', { name });
        const created = await catalog.call('create-product', input, ADMIN);
        assert.equal(codeOf(created), 'invalid-request');
        assert.equal(codeOf(await catalog.call('search-products', { q: name })), 'invalid-request');
      }
      const attributes = { 'a\0b': 'c' };
      const outcome = await catalog.call(
        'create-product',
        productFields('UNSTORABLE', { attributes }),
        ADMIN,
      );
      assert.equal(codeOf(outcome), 'invalid-request');
    });

    it('is the same after a rebuild of the index as it was live', async () => {
      const live = await eventually(async () => {
        const page = await search({ sort: 'name', limit: 100 });
        assert.ok(page.total > 5);
        return page;
      });
      await catalog.app.rebuildIndex();
      assert.deepEqual(await search({ sort: 'name', limit: 100 }), live);
    });

    it('reports itself ready and up to date', async () => {
      assert.equal(await catalog.app.readiness[0]?.check(), undefined);
      await catalog.bus.drain();
      await eventually(async () => {
        const { body } = await renderMetrics(catalog.metrics.registry);
        assert.match(body, /^catalog_index_lag_seconds\{service="catalog"\} 0$/m);
        assert.match(body, /^catalog_index_drift_documents\{service="catalog"\} 0$/m);
        assert.match(body, /^cache_requests_total\{.*cache="product".*result="hit".*\} [1-9]/m);
      });
    });
  });
}
