import assert from 'node:assert/strict';
import { test } from 'node:test';
import { productInput } from './product.ts';
import { text } from './values.ts';

test('text is trimmed, and what no store can hold is refused', () => {
  assert.equal(text(1, 5).parse('  tea '), 'tea');
  for (const bad of ['', '   ', 'a\0b', '\ud800', 'toolong']) {
    assert.equal(text(1, 5).safeParse(bad).success, false, JSON.stringify(bad));
  }
});

test('a product with such text anywhere is refused', () => {
  const product = { sku: 'A', name: 'A', category: 'a', brand: 'A', price: { amount: 1, currency: 'EUR' } };
  assert.equal(productInput.safeParse(product).success, true);
  for (const change of [
    { name: 'a\0' },
    { description: '\0' },
    { tags: ['\udfff'] },
    { attributes: { a: '\0' } },
  ]) {
    assert.equal(productInput.safeParse({ ...product, ...change }).success, false, JSON.stringify(change));
  }
});
