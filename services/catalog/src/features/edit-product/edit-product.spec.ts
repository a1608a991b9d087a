import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ProductInput } from '@ecommercestack/contracts';
import { callContext, fakeClock } from '@ecommercestack/kit/testing';
import { createMemoryProductStore } from '../../adapters/memory/product-store.ts';
import { versionOf } from '../../domain/product.ts';
import { createEditProduct } from './edit-product.ts';
import type { ProductStreams } from './product-streams.ts';

const input: ProductInput = {
  sku: 'TEA-1',
  name: 'Sencha',
  category: 'tea',
  brand: 'Kettle & Leaf',
  price: { amount: 990, currency: 'EUR' },
};
const context = callContext({ actor: { id: 'ada', roles: ['admin'] } });

/** `beforeAppend` stands for another writer that is faster. */
function scene(
  beforeAppend: (store: ProductStreams, attempt: number) => Promise<void> = async () => undefined,
) {
  const store = createMemoryProductStore(fakeClock());
  const told: number[] = [];
  let attempts = 0;
  const editor = createEditProduct(
    {
      load: (sku) => store.load(sku),
      append: async (...args) => {
        attempts += 1;
        await beforeAppend(store, attempts);
        return store.append(...args);
      },
    },
    { edited: async (state) => void told.push(versionOf(state)) },
    'EUR',
  );
  return { store, editor, told, attempts: () => attempts };
}

const rename = async (store: ProductStreams, name: string) => {
  const state = await store.load('TEA-1');
  await store.append(
    'TEA-1',
    state,
    { type: 'product-updated', data: { changes: { name } } },
    {
      actor: 'bob',
    },
  );
};

describe('editing a product', () => {
  it('takes prices in the currency of the shop only', async () => {
    const { editor, store, told } = scene();
    const price = { amount: 990, currency: 'USD' };
    const refusal = { code: 'wrong-currency', currency: 'EUR' };
    const problemOf = (outcome: Awaited<ReturnType<typeof editor.create>>) =>
      outcome.ok ? undefined : { code: outcome.problem.code, ...outcome.problem.extra };
    assert.deepEqual(problemOf(await editor.create({ ...input, price }, context)), refusal);
    assert.equal((await store.load('TEA-1')).status, 'absent');
    await editor.create(input, context);
    assert.deepEqual(problemOf(await editor.update('TEA-1', { price }, undefined, context)), refusal);
    assert.ok((await editor.update('TEA-1', { name: 'Gyokuro' }, undefined, context)).ok);
    assert.ok((await editor.remove('TEA-1', undefined, context)).ok);
    assert.deepEqual(told, [1, 2, 3]);
  });

  it('fills in what a new product leaves out, and tells readers before the caller', async () => {
    const { editor, told } = scene();
    const created = await editor.create(input, context);
    assert.ok(created.ok && created.value.status === 'listed');
    const { description, tags, attributes } = created.value.product;
    assert.deepEqual({ description, tags, attributes }, { description: '', tags: [], attributes: {} });
    assert.deepEqual(told, [1]);
  });

  it('decides again when it was overtaken', async () => {
    const { editor, store, attempts } = scene(async (streams, attempt) => {
      if (attempt === 2) await rename(streams, 'Overtaken');
    });
    await editor.create(input, context);
    const outcome = await editor.update('TEA-1', { brand: 'Nordhaus' }, undefined, context);
    assert.ok(outcome.ok && outcome.value.status === 'listed');
    const { name, brand, version } = outcome.value.product;
    assert.deepEqual({ name, brand, version }, { name: 'Overtaken', brand: 'Nordhaus', version: 3 });
    assert.equal(attempts(), 3);
    assert.deepEqual(
      (await store.history('TEA-1')).map(({ actor }) => actor),
      ['ada', 'bob', 'ada'],
    );
  });

  it('is refused when it was overtaken and expects a version', async () => {
    const { editor } = scene(async (streams, attempt) => {
      if (attempt === 2) await rename(streams, 'Overtaken');
    });
    await editor.create(input, context);
    const outcome = await editor.update('TEA-1', { brand: 'Nordhaus' }, 1, context);
    assert.equal(outcome.ok ? 'ok' : outcome.problem.code, 'version-conflict');
  });

  it('gives up where others win for ever', async () => {
    const { editor } = scene(async (streams, attempt) => {
      if (attempt > 1) await rename(streams, `Overtaken ${attempt}`);
    });
    await editor.create(input, context);
    const outcome = await editor.update('TEA-1', { brand: 'Nordhaus' }, undefined, context);
    assert.equal(outcome.ok ? 'ok' : outcome.problem.code, 'version-conflict');
  });
});
