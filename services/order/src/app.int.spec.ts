/** The service as its callers see it, on PostgreSQL. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Cart, Order } from '@ecommercestack/contracts';
import { renderMetrics } from '@ecommercestack/kit';
import { eventually } from '@ecommercestack/kit/testing';
import type { StreamEvent } from '@ecommercestack/kit';
import { ada, address, admin, bob, openShop, request, valueOf, type Shop } from './spec/shop.ts';

let shop: Shop;
before(async () => {
  shop = await openShop();
});
after(() => shop.close());

const refused = async (method: string, input: unknown, actor = ada) => {
  const outcome = await shop.call(method, input, actor);
  assert.ok(!outcome.ok);
  return outcome.problem;
};

async function collect(events: AsyncIterable<StreamEvent>): Promise<readonly StreamEvent[]> {
  const collected: StreamEvent[] = [];
  for await (const event of events) collected.push(event);
  return collected;
}

describe('placing an order', () => {
  test('prices come from the catalog, repeated lines are added up', async () => {
    const items = [
      { sku: 'TEA-1', quantity: 999 },
      { sku: 'CUP-1', quantity: 1 },
      { sku: 'TEA-1', quantity: 999 },
    ];
    const order = await shop.place({ items });
    const eur = (amount: number) => ({ amount, currency: 'EUR' });
    assert.equal(order.status, 'PENDING');
    assert.equal(order.cancellable, true);
    assert.deepEqual(order.lines, [
      { sku: 'TEA-1', name: 'Sencha', quantity: 1_998, unitPrice: eur(450), lineTotal: eur(899_100) },
      { sku: 'CUP-1', name: 'Cup', quantity: 1, unitPrice: eur(1_200), lineTotal: eur(1_200) },
    ]);
    assert.deepEqual(order.total, eur(900_300));
    const ended = await shop.ended(order.orderId);
    assert.equal(ended.status, 'CONFIRMED');
    assert.equal(ended.version, 5);
    assert.equal(shop.inventory.holds.get(order.orderId), 'committed');
    assert.equal(shop.payment.charges.get(order.orderId), 'captured');
  });

  test('waits for the end when asked to', async () => {
    const input = { request: request(), waitMs: 20_000 };
    const { order } = valueOf(await shop.call<{ order: Order }>('place-order', input));
    assert.equal(order.status, 'CONFIRMED');
  });

  test('an order that does not end in time is answered as it is', async () => {
    const input = { request: request({ payment: { token: 'tok_stuck' } }), waitMs: 300 };
    const { order } = valueOf(await shop.call<{ order: Order }>('place-order', input));
    assert.notEqual(order.status, 'CONFIRMED');
    valueOf(await shop.call('cancel-order', { orderId: order.orderId }));
  });

  for (const [items, code, extra] of [
    [['TEA-1', 'NOPE', 'NADA'], 'unknown-product', { skus: ['NOPE', 'NADA'] }],
    [['TEA-1', 'USD-1'], 'mixed-currency', undefined],
  ] as const) {
    test(`of ${items.join(', ')} is refused: ${code}`, async () => {
      const body = request({ items: items.map((sku) => ({ sku, quantity: 1 })) });
      const problem = await refused('place-order', { request: body });
      assert.equal(problem.code, code);
      assert.deepEqual(problem.extra, extra);
    });
  }
  test('in another currency than asked for is refused', async () => {
    assert.equal(
      (await refused('place-order', { request: request({ currency: 'USD' }) })).code,
      'currency-mismatch',
    );
  });
  test('of more than money can hold is refused', async () => {
    const items = [{ sku: 'YACHT', quantity: 2 }];
    assert.equal((await refused('place-order', { request: request({ items }) })).code, 'invalid-request');
  });
  test('without a customer is refused', async () => {
    const guest = { id: 'guest:1', roles: [] };
    assert.equal((await refused('place-order', { request: request() }, guest)).code, 'unauthenticated');
  });
});

describe('orders that fail', () => {
  for (const [overrides, reason, charge] of [
    [{ items: [{ sku: 'SOLD-OUT', quantity: 1 }] }, 'out-of-stock', undefined],
    [{ payment: { token: 'tok_decline' } }, 'payment-declined', 'declined'],
    [{ payment: { token: 'tok_capture_decline' } }, 'payment-declined', 'voided'],
  ] as const) {
    test(`${JSON.stringify(overrides)} is rejected: ${reason}`, async () => {
      const { orderId } = await shop.place(overrides);
      const order = await shop.ended(orderId);
      assert.deepEqual([order.status, order.reason], ['REJECTED', reason]);
      assert.equal(shop.payment.charges.get(orderId), charge);
      assert.ok(['refused', 'released'].includes(shop.inventory.holds.get(orderId) ?? ''));
    });
  }
});

describe('cancelling and refunding', () => {
  test('a cancelled order is undone, and cancelling again says the same', async () => {
    const { orderId } = await shop.place({ payment: { token: 'tok_stuck' } });
    await eventually(() => assert.equal(shop.payment.charges.get(orderId), 'requested'));
    const cancelled = valueOf(await shop.call('cancel-order', { orderId }));
    assert.deepEqual(
      [cancelled.status, cancelled.reason, cancelled.cancellable],
      ['COMPENSATING', 'customer-request', false],
    );
    valueOf(await shop.call('cancel-order', { orderId }));
    // The payment is unknown: the order must not end before the provider has spoken.
    await eventually(() => assert.equal(shop.inventory.holds.get(orderId), 'released'));
    assert.equal(valueOf(await shop.call('get-order', { orderId })).status, 'COMPENSATING');
    const reply = shop.payment.settle(orderId);
    assert.ok(reply);
    const time = shop.clock.now().toISOString();
    await shop.bus.publish([
      { id: `late-${orderId}`, topic: 'payment.events', key: orderId, time, source: 'payment', ...reply },
    ]);
    const ended = await shop.ended(orderId);
    assert.deepEqual([ended.status, ended.reason], ['CANCELLED', 'customer-request']);
    assert.equal(valueOf(await shop.call('cancel-order', { orderId })).status, 'CANCELLED');
  });

  test('a confirmed order cannot be cancelled, but an administrator refunds it', async () => {
    const { orderId } = await shop.place();
    await shop.ended(orderId);
    assert.equal((await refused('cancel-order', { orderId })).code, 'order-not-cancellable');
    assert.equal((await refused('refund-order', { orderId })).code, 'forbidden');
    assert.equal(
      (await refused('refund-order', { orderId }, { id: 'sue', roles: ['support'] })).code,
      'forbidden',
    );
    assert.equal(valueOf(await shop.call('refund-order', { orderId }, admin)).status, 'COMPENSATING');
    const order = await eventually(async () => {
      const now = valueOf(await shop.call('get-order', { orderId }));
      assert.equal(now.status, 'CANCELLED');
      return now;
    });
    assert.equal(order.reason, 'refunded');
    assert.equal(shop.payment.charges.get(orderId), 'refunded');
    valueOf(await shop.call('refund-order', { orderId }, admin));
    await eventually(() => {
      const types = shop.seen
        .filter(({ topic, key }) => topic === 'order.events' && key === orderId)
        .map(({ type }) => type);
      assert.deepEqual(types, ['order-placed', 'order-confirmed', 'order-refunded']);
    });
  });

  test('an order that failed is not refundable; one that does not exist is not found', async () => {
    const { orderId } = await shop.place({ payment: { token: 'tok_decline' } });
    await shop.ended(orderId);
    assert.equal((await refused('refund-order', { orderId }, admin)).code, 'order-not-refundable');
    const nowhere = '0190a3c4-0000-7000-8000-00000000dead';
    assert.equal((await refused('refund-order', { orderId: nowhere }, admin)).code, 'not-found');
    assert.equal((await refused('cancel-order', { orderId: nowhere })).code, 'not-found');
  });
});

describe('reading', () => {
  let orderId: string;
  before(async () => {
    ({ orderId } = await shop.place());
    await shop.ended(orderId);
  });

  test('an order of somebody else does not exist', async () => {
    for (const method of ['get-order', 'get-order-events', 'cancel-order']) {
      assert.equal((await refused(method, { orderId }, bob)).code, 'not-found');
    }
    const watched = await shop.stream('watch-order', { orderId }, bob);
    assert.ok(!watched.ok && watched.problem.code === 'not-found');
    const { items } = valueOf(
      await shop.call<{ items: Order[] }>('get-orders', { orderIds: [orderId] }, bob),
    );
    assert.deepEqual(items, []);
  });

  test('the detail shows the address; the audit trail shows neither address nor token', async () => {
    const detail = valueOf(await shop.call<Order & { shippingAddress: unknown }>('get-order', { orderId }));
    assert.deepEqual(detail.shippingAddress, address);
    const { items } = valueOf(
      await shop.call<{ items: { type: string; actor: string }[] }>('get-order-events', { orderId }),
    );
    assert.deepEqual(
      items.map(({ type, actor }) => [type, actor]),
      [
        ['order-placed', 'ada'],
        ['stock-reserved', 'inventory'],
        ['payment-authorised', 'payment'],
        ['reservation-committed', 'inventory'],
        ['order-confirmed', 'payment'],
      ],
    );
    const { rows } = await shop.database.pool.query('SELECT data, metadata FROM events');
    assert.doesNotMatch(JSON.stringify([items, rows]), /tok_|Analytical|10115/);
  });

  test('payment tokens are forgotten once the payment has answered', async () => {
    const { rows } = await shop.database.pool.query(
      'SELECT order_id FROM payment_tokens WHERE order_id = $1',
      [orderId],
    );
    assert.deepEqual(rows, []);
  });

  test('as of a version and of a time', async () => {
    shop.clock.advance(60_000);
    const before = shop.clock.now();
    shop.clock.advance(60_000);
    const late = await shop.place();
    await shop.ended(late.orderId);
    const at = async (asOf: string) => valueOf(await shop.call('get-order', { orderId: late.orderId, asOf }));
    assert.deepEqual(
      (await Promise.all(['1', '2', '3', '4', '5'].map(at))).map(({ status }) => status),
      ['PENDING', 'RESERVED', 'AUTHORISED', 'CAPTURING', 'CONFIRMED'],
    );
    assert.equal((await at(shop.clock.now().toISOString())).status, 'CONFIRMED');
    for (const asOf of [before.toISOString(), '6']) {
      assert.equal((await refused('get-order', { orderId: late.orderId, asOf })).code, 'not-found');
    }
  });

  test('watching gives the order now, then each change, to its end; a cursor resumes', async () => {
    const placed = await shop.place();
    const watched = valueOf(await shop.stream('watch-order', { orderId: placed.orderId }));
    const events = await collect(watched);
    assert.equal(events.at(-1)?.id, '5');
    assert.ok(
      events.every(({ event, id, data }) => event === 'order' && id === String((data as Order).version)),
    );
    const resumed = valueOf(await shop.stream('watch-order', { orderId: placed.orderId, afterVersion: 4 }));
    assert.deepEqual(
      (await collect(resumed)).map(({ id }) => id),
      ['5'],
    );
    const over = valueOf(await shop.stream('watch-order', { orderId: placed.orderId, afterVersion: 5 }));
    assert.deepEqual(await collect(over), []);
  });
});

test('a cart is kept in the database until it is over, and purged then', async () => {
  const items = [{ sku: 'TEA-1', quantity: 2 }];
  const saved = valueOf(await shop.call<Cart>('put-cart', { items, ifVersion: 'none' }));
  assert.deepEqual(saved.total, { amount: 900, currency: 'EUR' });
  assert.deepEqual(valueOf(await shop.call('get-cart', {})), saved);
  assert.equal(valueOf(await shop.call<Cart>('get-cart', {}, bob)).version, 'none');
  const other = valueOf(await shop.call<Cart>('put-cart', { items: [], ifVersion: 'none' }, bob));
  assert.equal(
    valueOf(await shop.call<Cart>('delete-cart', { ifVersion: other.version }, bob)).version,
    'none',
  );
  shop.clock.advance(30 * 24 * 3_600_000);
  assert.equal(valueOf(await shop.call<Cart>('get-cart', {})).version, 'none');
  await shop.app().catchUp();
  assert.equal((await shop.database.pool.query('SELECT FROM carts')).rowCount, 0);
});

test('figures: accepted and ended orders are counted, the queues run empty', async () => {
  const confirmed = await shop.database.pool.query<{ n: number }>(
    "SELECT count(*)::int AS n FROM events WHERE type = 'order-confirmed'",
  );
  const n = confirmed.rows[0]?.n ?? 0;
  await eventually(async () => {
    const { body } = await renderMetrics(shop.metrics.registry);
    const lines = body.split('\n');
    const value = (series: string) =>
      Number(
        lines
          .find((line) => line.startsWith(series))
          ?.split(' ')
          .at(-1),
      );
    const accepted = value('order_accepted_total{service="order"}');
    assert.ok(accepted >= n);
    assert.equal(value('orders_created_total{service="order",status="accepted"}'), accepted);
    assert.equal(value('orders_created_total{service="order",status="confirmed"}'), n);
    assert.equal(value('order_terminal_total{service="order",outcome="confirmed",reason="none"}'), n);
    assert.equal(value('order_terminal_total{service="order",outcome="rejected",reason="expired"}'), 0);
    assert.equal(value('outbox_pending_messages{service="order"}'), 0);
    assert.equal(value('projection_lag_seconds{service="order",projection="orders"}'), 0);
  });
});
