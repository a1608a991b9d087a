import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cursor as contract } from '@ecommercestack/contracts';
import { encodeCursor } from '@ecommercestack/kit';
import { callContext } from '@ecommercestack/kit/testing';
import fc from 'fast-check';
import { listOrders } from './list-orders.ts';
import type { OrderFilter } from './list-orders.ts';

const context = callContext({ actor: { id: 'ada', roles: ['customer'] } });

async function ask(cursor: string) {
  const asked: OrderFilter[] = [];
  const list = listOrders(async (filter) => {
    asked.push(filter);
    return [];
  });
  const outcome = await list({ cursor, limit: 5 }, context);
  return { code: outcome.ok ? 'ok' : outcome.problem.code, after: asked[0]?.after };
}

test('a page begins after the order that its cursor was made of; the cursor fits its contract', async () => {
  const date = fc.date({ min: new Date(0), max: new Date('9999-12-31'), noInvalidDate: true });
  await fc.assert(
    fc.asyncProperty(date, fc.uuid(), async (time, id) => {
      const cursor = encodeCursor({ time, id });
      assert.ok(contract.safeParse(cursor).success);
      assert.deepEqual(await ask(cursor), { code: 'ok', after: { time, id } });
    }),
  );
});

test('whatever else is sent is refused, and never reaches the database', async () => {
  const refused = { code: 'invalid-request', after: undefined };
  await fc.assert(fc.asyncProperty(fc.string(), async (text) => assert.deepEqual(await ask(text), refused)));
  assert.deepEqual(await ask(encodeCursor({ time: new Date(0), id: 'no-uuid' })), refused);
});
