import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cursor } from '@ecommercestack/contracts';
import * as fc from 'fast-check';
import { decodeCursor, encodeCursor, toPageQuery } from './page.ts';

const customer = { id: 'ada', roles: ['customer'] };
const staff = { id: 'eve', roles: ['support'] };
const orderId = '0198c0de-0000-7000-8000-000000000001';

void test('a cursor comes back as the place it was made of, and fits its contract', () => {
  const time = fc.nat({ max: 4_102_444_800_000 }).map((ms) => new Date(ms));
  const id = fc.constantFrom('email', 'sms').map((channel) => `${orderId}/order-confirmed/${channel}`);
  fc.assert(
    fc.property(time, id, (givenTime, givenId) => {
      const given = { time: givenTime, id: givenId };
      const text = encodeCursor(given);
      assert.deepEqual(decodeCursor(text), given);
      assert.ok(cursor.safeParse(text).success);
    }),
  );
});

void test('what this service has not issued is no cursor', () => {
  fc.assert(fc.property(fc.string(), (text) => decodeCursor(text) === undefined));
  const refused = toPageQuery({ cursor: 'abc', limit: 5 }, customer);
  assert.equal(!refused.ok && refused.problem.code, 'invalid-request');
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
