/** The list of orders equals the fold of their streams, and its pages leave nothing out. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Order, OrderSummary } from '@ecommercestack/contracts';
import { eventually } from '@ecommercestack/kit/testing';
import { ada, admin, bob, openShop, valueOf, type Shop } from '../spec/shop.ts';

let shop: Shop;
let placed: readonly Order[];

before(async () => {
  shop = await openShop();
  const tokens = ['tok_ok', 'tok_decline', 'tok_stuck', 'tok_ok', 'tok_capture_decline'];
  const orders: Order[] = [];
  for (let index = 0; index < 40; index += 1) {
    // Several orders per millisecond, so that pages must also be cut by id.
    if (index % 4 === 0) shop.clock.advance(1);
    const payment = { token: tokens[index % tokens.length] };
    orders.push(await shop.place({ payment }, index % 3 === 0 ? bob : ada));
  }
  for (const [index, { orderId }] of orders.entries()) {
    if (index % tokens.length === 2) await shop.call('cancel-order', { orderId }, admin);
    else await shop.ended(orderId);
  }
  const [refunded] = orders;
  assert.ok(refunded);
  valueOf(await shop.call('refund-order', { orderId: refunded.orderId }, admin));
  await shop.atRest();
  // The log shows an event once no older transaction is open anywhere on the server, others' databases included.
  await eventually(async () => {
    await shop.app().catchUp();
    const { rows } = await shop.database.pool.query<{ missing: number }>(
      'SELECT ((SELECT count(*) FROM events) - (SELECT coalesce(sum(version), 0) FROM orders))::int AS missing',
    );
    assert.equal(rows[0]?.missing, 0);
  });
  placed = orders;
});
after(() => shop.close());

async function table(): Promise<readonly string[]> {
  const { rows } = await shop.database.pool.query<{ row: string }>(
    'SELECT row_to_json(orders)::text AS row FROM orders ORDER BY order_id',
  );
  return rows.map(({ row }) => row);
}

type Page = { readonly items: readonly OrderSummary[]; readonly nextCursor?: string };
async function pages(input: object, actor = admin): Promise<readonly OrderSummary[]> {
  const items: OrderSummary[] = [];
  let cursor: string | undefined;
  do {
    const page: Page = valueOf(
      await shop.call<Page>('list-orders', { ...input, ...(cursor && { cursor }) }, actor),
    );
    items.push(...page.items);
    cursor = page.nextCursor;
  } while (cursor !== undefined);
  return items;
}

test('the table equals the fold of all streams', async () => {
  const items = await pages({ limit: 100 });
  const folds = await Promise.all(
    items.map(async ({ orderId }) => {
      const {
        lines: _lines,
        cancellable: _cancellable,
        ...summary
      } = valueOf(await shop.call('get-order', { orderId }, admin));
      const { shippingAddress: _address, ...rest } = summary as typeof summary & {
        shippingAddress?: unknown;
      };
      return rest;
    }),
  );
  assert.deepEqual(items, folds);
  assert.equal(items.length, placed.length);
});

test('a rebuild gives the same table, byte for byte', async () => {
  const live = await table();
  await shop.database.pool.query("UPDATE orders SET status = 'PENDING', reason = NULL, version = 1");
  await shop.database.pool.query('DELETE FROM orders WHERE customer_id = $1', ['bob']);
  await shop.app().rebuildProjection();
  assert.deepEqual(await table(), live);
});

test('pages have neither gaps nor repeats, newest first', async () => {
  for (const limit of [1, 3, 7, 100]) {
    const ids = (await pages({ limit })).map(({ orderId }) => orderId);
    const expected = placed
      .toSorted((a, b) =>
        a.createdAt === b.createdAt ? (a.orderId < b.orderId ? 1 : -1) : a.createdAt < b.createdAt ? 1 : -1,
      )
      .map(({ orderId }) => orderId);
    assert.deepEqual(ids, expected);
  }
});

test('customers see their own orders only, staff those they ask for', async () => {
  const mine = (actor: { id: string }) => placed.filter(({ customerId }) => customerId === actor.id).length;
  assert.equal((await pages({ limit: 5 }, ada)).length, mine(ada));
  assert.equal((await pages({ limit: 5 }, bob)).length, mine(bob));
  assert.equal((await pages({ customerId: 'bob' }, ada)).length, 0);
  assert.equal((await pages({ customerId: 'bob' }, admin)).length, mine(bob));
  assert.equal((await pages({ customerId: 'bob' }, { id: 'sue', roles: ['support'] })).length, mine(bob));
  const rejected = await pages({ status: 'REJECTED', limit: 4 });
  assert.equal(rejected.length, 16);
  assert.ok(rejected.every(({ status, reason }) => status === 'REJECTED' && reason === 'payment-declined'));
});

test('a cursor of somebody else’s making is refused', async () => {
  for (const cursor of [
    'bm90LWEtY3Vyc29y',
    '____',
    Buffer.from(`99999999999999999 ${placed[0]?.orderId}`).toString('base64url'),
  ]) {
    const outcome = await shop.call('list-orders', { cursor });
    assert.ok(!outcome.ok && outcome.problem.code === 'invalid-request', cursor);
  }
});
