import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cursor } from '@ecommercestack/contracts';
import { encodeCursor } from '@ecommercestack/kit';
import * as fc from 'fast-check';
import { toPageQuery } from './page.ts';

const customer = { id: 'ada', roles: ['customer'] };
const staff = { id: 'eve', roles: ['support'] };
const orderId = '0198c0de-0000-7000-8000-000000000001';

void test('a page begins after the place that its cursor was made of; the cursor fits its contract', () => {
  const time = fc.nat({ max: 4_102_444_800_000 }).map((ms) => new Date(ms));
  const id = fc.constantFrom('email', 'sms').map((channel) => `${orderId}/order-confirmed/${channel}`);
  fc.assert(
    fc.property(time, id, (givenTime, givenId) => {
      const after = { time: givenTime, id: givenId };
      const text = encodeCursor(after);
      assert.ok(cursor.safeParse(text).success);
      const query = toPageQuery({ cursor: text, limit: 5 }, customer);
      assert.deepEqual(query, {
        ok: true,
        value: { customerId: 'ada', orderId: undefined, after, limit: 5 },
      });
    }),
  );
});

void test('what this service has not issued is no cursor', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      const refused = toPageQuery({ cursor: text, limit: 5 }, customer);
      assert.equal(!refused.ok && refused.problem.code, 'invalid-request');
    }),
  );
});

void test('customers are kept to their own, staff see any order they name', () => {
  const ownerOf = (input: { orderId?: string }, actor: typeof staff) => {
    const query = toPageQuery({ ...input, limit: 5 }, actor);
    return query.ok && query.value.customerId;
  };
  assert.equal(ownerOf({}, customer), 'ada');
  assert.equal(ownerOf({ orderId }, customer), 'ada');
  assert.equal(ownerOf({}, staff), 'eve');
  assert.equal(ownerOf({ orderId }, staff), undefined);
});
