import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { systemClock } from '@ecommercestack/kit';
import { callContext } from '@ecommercestack/kit/testing';
import { productFields } from '../adapters/contract/samples.ts';
import { createMemoryProductStore } from '../adapters/memory/product-store.ts';
import { createEditProduct } from '../features/edit-product/edit-product.ts';
import { createImportProducts } from '../features/import-products/import-products.ts';

const admin = callContext({ actor: { id: 'ada', roles: ['admin'] } });

function scene() {
  const store = createMemoryProductStore(systemClock);
  const editor = createEditProduct(store, { edited: async () => undefined }, 'EUR');
  return {
    store,
    editor,
    importProducts: createImportProducts((product, context) => editor.put(product, context)),
  };
}

describe('importing products', () => {
  it('creates, changes and leaves alone, and does nothing when it is repeated', async () => {
    const { store, importProducts } = scene();
    const items = [productFields('A'), productFields('B')];
    const first = await importProducts(items, admin);
    assert.deepEqual(first, { ok: true, value: { results: [{ change: 'created' }, { change: 'created' }] } });
    const renamed = [productFields('A'), productFields('B', { name: 'Other' })];
    const second = await importProducts(renamed, admin);
    assert.deepEqual(second, {
      ok: true,
      value: { results: [{ change: 'unchanged' }, { change: 'updated' }] },
    });
    const events = store.announced.length;
    await importProducts(renamed, admin);
    assert.equal(store.announced.length, events);
  });

  it('takes what is not given for empty', async () => {
    const { store, importProducts } = scene();
    await importProducts(
      [productFields('A', { description: 'Long', tags: ['a'], attributes: { b: 'c' } })],
      admin,
    );
    const { description: _d, tags: _t, attributes: _a, ...least } = productFields('A');
    await importProducts([least], admin);
    const state = await store.load('A');
    assert.ok(state.status === 'listed');
    const { description, tags, attributes } = state.product;
    assert.deepEqual([description, tags, attributes], ['', [], {}]);
  });

  it('lets the last of one SKU count', async () => {
    const { store, importProducts } = scene();
    const names = ['One', 'Two', 'Three'];
    await importProducts(
      names.map((name) => productFields('A', { name })),
      admin,
    );
    const state = await store.load('A');
    assert.equal(state.status === 'listed' && state.product.name, 'Three');
  });

  it('refuses what cannot be, and nothing beside it', async () => {
    const { store, editor, importProducts } = scene();
    await editor.create(productFields('GONE'), admin);
    await editor.remove('GONE', undefined, admin);
    const outcome = await importProducts(
      [
        productFields('GONE'),
        productFields('NUL', { name: 'a\0b' }),
        productFields('USD', { price: { amount: 1, currency: 'USD' } }),
        productFields('suggest'),
        productFields('FINE'),
      ],
      admin,
    );
    assert.ok(outcome.ok);
    const told = outcome.value.results.map((result) =>
      'change' in result ? result.change : result.problem.code,
    );
    assert.deepEqual(told, [
      'product-exists',
      'invalid-request',
      'wrong-currency',
      'sku-reserved',
      'created',
    ]);
    const [, nul] = outcome.value.results;
    assert.ok(nul !== undefined && 'problem' in nul);
    assert.deepEqual(
      nul.problem.errors?.map(({ path }) => path),
      ['name'],
    );
    assert.equal((await store.load('FINE')).status, 'listed');
  });

  it('is for administrators', async () => {
    const { importProducts } = scene();
    const outcome = await importProducts(
      [productFields('A')],
      callContext({ actor: { id: 'x', roles: ['support'] } }),
    );
    assert.equal(!outcome.ok && outcome.problem.code, 'forbidden');
  });
});
