import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { cursor as contract } from '@ecommercestack/contracts';
import { decodeCursor, encodeCursor } from './cursor.ts';

test('a cursor comes back as the place it was made of, and fits its contract', () => {
  const date = fc.date({ min: new Date(0), max: new Date('9999-12-31'), noInvalidDate: true });
  fc.assert(
    fc.property(date, fc.uuid(), (createdAt, orderId) => {
      const cursor = encodeCursor({ createdAt, orderId });
      assert.ok(contract.safeParse(cursor).success);
      assert.deepEqual(decodeCursor(cursor), { createdAt, orderId });
    }),
  );
});

test('whatever else is sent decodes to nothing, and never throws', () => {
  fc.assert(fc.property(fc.string(), (text) => assert.equal(decodeCursor(text), undefined)));
});
