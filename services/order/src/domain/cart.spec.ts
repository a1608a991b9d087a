import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { cart as cartSchema } from '@ecommercestack/contracts';
import fc from 'fast-check';
import { unsoldItems, viewOfCart, type CartProduct, type StoredCart } from './cart.ts';
import { price } from './pricing.ts';

const eur = (amount: number) => ({ amount, currency: 'EUR' });
const product = (sku: string, amount: number, available?: number, currency = 'EUR'): CartProduct => ({
  sku,
  name: `Product ${sku}`,
  price: { amount, currency },
  ...(available !== undefined && { available }),
});
const cartOf = (...items: readonly [string, number][]): StoredCart => ({
  version: 'abcdefghijklmnop',
  items: items.map(([sku, quantity]) => ({ sku, quantity })),
  expiresAt: '2030-01-31T00:00:00.000Z',
});

describe('a cart as its owner sees it', () => {
  test('is empty where there is none', () => {
    assert.deepEqual(viewOfCart(undefined, []), { version: 'none', lines: [], orderable: false });
  });

  test('has the prices of the catalog', () => {
    const { version, expiresAt } = cartOf();
    assert.deepEqual(
      viewOfCart(cartOf(['TEA', 3], ['CUP', 1]), [product('CUP', 1_200), product('TEA', 450, 9)]),
      {
        version,
        lines: [
          {
            sku: 'TEA',
            quantity: 3,
            availability: 'in-stock',
            available: 9,
            name: 'Product TEA',
            unitPrice: eur(450),
            lineTotal: eur(1_350),
          },
          {
            sku: 'CUP',
            quantity: 1,
            availability: 'unknown',
            name: 'Product CUP',
            unitPrice: eur(1_200),
            lineTotal: eur(1_200),
          },
        ],
        total: eur(2_550),
        orderable: true,
        expiresAt,
      },
    );
  });

  for (const [available, availability, orderable] of [
    [undefined, 'unknown', true],
    [3, 'in-stock', true],
    [2, 'too-few', false],
    [0, 'out-of-stock', false],
  ] as const) {
    test(`three of ${available ?? 'an unknown number'} are ${availability}`, () => {
      const view = viewOfCart(cartOf(['TEA', 3]), [product('TEA', 450, available)]);
      assert.deepEqual([view.lines[0]?.availability, view.orderable], [availability, orderable]);
      assert.deepEqual(view.total, eur(1_350));
    });
  }

  test('flags what was withdrawn, and adds up the rest', () => {
    const view = viewOfCart(cartOf(['GONE', 1], ['TEA', 1]), [product('TEA', 450)]);
    assert.deepEqual(view.lines[0], { sku: 'GONE', quantity: 1, availability: 'withdrawn' });
    assert.deepEqual([view.total, view.orderable], [eur(450), false]);
  });

  test('has no total over several currencies, nor beyond what money can hold', () => {
    const mixed = viewOfCart(cartOf(['TEA', 1], ['MUG', 1]), [
      product('TEA', 1),
      product('MUG', 1, 9, 'USD'),
    ]);
    assert.deepEqual([mixed.total, mixed.orderable], [undefined, false]);
    const dear = viewOfCart(cartOf(['YACHT', 2]), [product('YACHT', 900_000_000_000)]);
    assert.deepEqual([dear.lines[0]?.lineTotal, dear.total, dear.orderable], [undefined, undefined, false]);
  });

  test('is orderable only where an order would be priced, and never breaks its contract', () => {
    const products = fc.uniqueArray(
      fc.record({
        sku: fc.constantFrom('A', 'B', 'C', 'D'),
        name: fc.string(),
        price: fc.record({
          amount: fc.integer({ min: 0, max: 1_000_000_000_000 }),
          currency: fc.constantFrom('EUR', 'USD'),
        }),
        available: fc.nat({ max: 999 }),
      }),
      { selector: ({ sku }) => sku },
    );
    const items = fc.uniqueArray(
      fc.record({
        sku: fc.constantFrom('A', 'B', 'C', 'D', 'E'),
        quantity: fc.integer({ min: 1, max: 999 }),
      }),
      { selector: ({ sku }) => sku },
    );
    fc.assert(
      fc.property(items, products, (wanted, sold) => {
        const view = viewOfCart({ ...cartOf(), items: wanted }, sold);
        cartSchema.parse(view);
        const priced = price(wanted, sold, undefined);
        if (view.orderable) assert.deepEqual(priced.kind === 'priced' && priced.total, view.total);
      }),
    );
  });
});

test('what is not sold cannot be put in, and may stay in', () => {
  const items = cartOf(['TEA', 1], ['GONE', 2], ['NEVER', 1]).items;
  assert.deepEqual(unsoldItems(items, undefined, [product('TEA', 1)]), ['GONE', 'NEVER']);
  assert.deepEqual(unsoldItems(items, cartOf(['GONE', 1]), [product('TEA', 1)]), ['NEVER']);
});
