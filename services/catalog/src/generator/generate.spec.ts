import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { productInput } from '@ecommercestack/contracts';
import { generateProducts } from './generate.ts';

describe('a generated catalogue', () => {
  const products = [...generateProducts(5_000)];

  it('holds valid products with SKUs of their own', () => {
    for (const product of products) {
      const { success, error } = productInput.safeParse(product);
      assert.ok(success, `${product.sku}: ${error?.message}`);
    }
    assert.equal(new Set(products.map(({ sku }) => sku)).size, products.length);
  });

  it('is the same for the same numbers, and part of a larger one', () => {
    assert.deepEqual([...generateProducts(100)], products.slice(0, 100));
    assert.notDeepEqual([...generateProducts(100, 2)], products.slice(0, 100));
  });

  it('has departments and brands of very different sizes, as shops have', () => {
    const counts = [...Map.groupBy(products, ({ category }) => category).values()].map(
      ({ length }) => length,
    );
    assert.equal(counts.length, 12);
    assert.ok(Math.max(...counts) > 2 * Math.min(...counts));
    assert.ok(new Set(products.map(({ name }) => name)).size > products.length * 0.9);
    const amounts = products.map(({ price }) => price.amount).toSorted((a, b) => a - b);
    assert.ok(amounts.every((amount) => amount > 0));
    assert.ok((amounts[Math.floor(amounts.length / 2)] ?? 0) * 3 < (amounts.at(-1) ?? 0));
  });
});
