import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { productInput } from '@ecommercestack/contracts';
import { seedProducts } from './index.ts';

describe('the goods of the first day', () => {
  it('are products that the catalog accepts, each with a SKU of its own', () => {
    for (const { product } of seedProducts) assert.deepEqual(productInput.parse(product), product);
    assert.equal(new Set(seedProducts.map(({ product }) => product.sku)).size, seedProducts.length);
  });

  it('fill a shop: many kinds, a few scarce, a few sold out', () => {
    assert.ok(seedProducts.length >= 72);
    assert.ok(new Set(seedProducts.map(({ product }) => product.category)).size >= 8);
    assert.ok(seedProducts.filter(({ stock }) => stock >= 1 && stock <= 3).length >= 3);
    assert.ok(seedProducts.filter(({ stock }) => stock === 0).length >= 3);
    assert.ok(seedProducts.every(({ stock }) => Number.isInteger(stock) && stock >= 0));
  });
});
