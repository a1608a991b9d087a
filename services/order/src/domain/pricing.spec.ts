import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { mergeItems, price } from './pricing.ts';

const product = (sku: string, amount: number, currency = 'EUR') => ({
  sku,
  name: `Product ${sku}`,
  price: { amount, currency },
});

test('the total is the sum of quantity × price, each SKU once', () => {
  const items = mergeItems([
    { sku: 'B', quantity: 2 },
    { sku: 'A', quantity: 1 },
    { sku: 'B', quantity: 3 },
  ]);
  assert.deepEqual(price(items, [product('A', 100), product('B', 33)], undefined), {
    kind: 'priced',
    lines: [
      {
        sku: 'B',
        name: 'Product B',
        quantity: 5,
        unitPrice: { amount: 33, currency: 'EUR' },
        lineTotal: { amount: 165, currency: 'EUR' },
      },
      {
        sku: 'A',
        name: 'Product A',
        quantity: 1,
        unitPrice: { amount: 100, currency: 'EUR' },
        lineTotal: { amount: 100, currency: 'EUR' },
      },
    ],
    total: { amount: 265, currency: 'EUR' },
  });
});

test('refusals name what is wrong', () => {
  const items = [
    { sku: 'A', quantity: 1 },
    { sku: 'B', quantity: 1 },
  ];
  assert.deepEqual(price(items, [product('A', 1)], undefined), { kind: 'unknown-product', skus: ['B'] });
  assert.deepEqual(price(items, [product('A', 1), product('B', 1, 'USD')], undefined), {
    kind: 'mixed-currency',
    currencies: ['EUR', 'USD'],
  });
  assert.deepEqual(price(items, [product('A', 1), product('B', 1)], 'USD'), {
    kind: 'currency-mismatch',
    soldIn: 'EUR',
  });
});

test('no total is ever inexact: it fits, or the order is refused', () => {
  const limit = 1_000_000_000_000n;
  fc.assert(
    fc.property(
      fc.array(
        fc.record({
          amount: fc.nat({ max: 1_000_000_000_000 }),
          quantity: fc.integer({ min: 1, max: 49_950 }),
        }),
        { minLength: 1, maxLength: 50 },
      ),
      (wanted) => {
        const items = wanted.map(({ quantity }, index) => ({ sku: `SKU-${index}`, quantity }));
        const products = wanted.map(({ amount }, index) => product(`SKU-${index}`, amount));
        const exact = wanted.reduce(
          (sum, { amount, quantity }) => sum + BigInt(amount) * BigInt(quantity),
          0n,
        );
        const priced = price(items, products, undefined);
        if (exact > limit) return assert.equal(priced.kind, 'too-large');
        assert.ok(priced.kind === 'priced');
        assert.equal(BigInt(priced.total.amount), exact);
      },
    ),
  );
  assert.equal(price([{ sku: 'A', quantity: 2 }], [product('A', 500_000_000_000)], 'EUR').kind, 'priced');
  assert.equal(price([{ sku: 'A', quantity: 2 }], [product('A', 500_000_000_001)], 'EUR').kind, 'too-large');
});

test('merging loses no unit', () => {
  const item = fc.record({ sku: fc.constantFrom('A', 'B', 'C'), quantity: fc.integer({ min: 1, max: 999 }) });
  fc.assert(
    fc.property(fc.array(item), (items) => {
      const merged = mergeItems(items);
      assert.equal(new Set(merged.map(({ sku }) => sku)).size, merged.length);
      const units = (list: typeof merged) => list.reduce((sum, { quantity }) => sum + quantity, 0);
      assert.equal(units(merged), units(items));
    }),
  );
});
