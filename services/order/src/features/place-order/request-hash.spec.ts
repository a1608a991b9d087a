import assert from 'node:assert/strict';
import { test } from 'node:test';
import { requestHash } from './request-hash.ts';

const body = {
  items: [
    { sku: 'A', quantity: 1 },
    { sku: 'B', quantity: 2 },
  ],
  payment: { token: 'tok_ok' },
};

test('the order of fields does not matter, at any depth', () => {
  const same = {
    payment: { token: 'tok_ok' },
    items: [
      { quantity: 1, sku: 'A' },
      { quantity: 2, sku: 'B' },
    ],
  };
  assert.deepEqual(requestHash(same), requestHash(body));
});

test('every value and the order of items matter', () => {
  for (const other of [
    { ...body, payment: { token: 'tok_other' } },
    { ...body, items: body.items.toReversed() },
    { ...body, currency: 'EUR' },
    { ...body, items: [{ sku: 'A', quantity: 1 }] },
  ]) {
    assert.notDeepEqual(requestHash(other), requestHash(body));
  }
});
