/** One effect per request, and an end for every order, whatever stops in between. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import type { Order } from '@ecommercestack/contracts';
import type { Publisher } from '@ecommercestack/kit';
import { eventually } from '@ecommercestack/kit/testing';
import { ada, admin, bob, openShop, request, valueOf, type Shop, type ShopOptions } from './spec/shop.ts';

async function withShop(options: ShopOptions, run: (shop: Shop) => Promise<void>): Promise<void> {
  const shop = await openShop(options);
  try {
    await run(shop);
  } finally {
    await shop.close();
  }
}

type Answer = { readonly order: Order; readonly replayed: boolean };

async function count(shop: Shop, table: string): Promise<number> {
  const { rows } = await shop.database.pool.query<{ n: number }>(`SELECT count(*)::int AS n FROM ${table}`);
  return rows[0]?.n ?? 0;
}

test('twenty concurrent repeats of one request make one order', () =>
  withShop({}, async (shop) => {
    const input = { request: request(), idempotencyKey: 'checkout-1' };
    const answers = await Promise.all(
      Array.from({ length: 20 }, async () => valueOf(await shop.call<Answer>('place-order', input))),
    );
    assert.equal(new Set(answers.map(({ order }) => order.orderId)).size, 1);
    assert.equal(answers.filter(({ replayed }) => !replayed).length, 1);
    assert.equal(await count(shop, "events WHERE type = 'order-placed'"), 1);
    assert.equal(await count(shop, 'idempotency_keys'), 1);
  }));

test('a later repeat gives the order as it is now, without asking the catalog again', () =>
  withShop({}, async (shop) => {
    const { payment, ...rest } = request();
    const input = { request: { ...rest, payment }, idempotencyKey: 'checkout-2' };
    const first = valueOf(await shop.call<Answer>('place-order', input));
    assert.equal(first.replayed, false);
    await shop.ended(first.order.orderId);
    const lookups = shop.lookups();
    // The order of the fields of a body is no difference.
    const repeat = { idempotencyKey: 'checkout-2', request: { payment, ...rest } };
    const again = valueOf(await shop.call<Answer>('place-order', repeat));
    assert.deepEqual(
      [again.order.orderId, again.order.status, again.replayed],
      [first.order.orderId, 'CONFIRMED', true],
    );
    assert.equal(shop.lookups(), lookups);
  }));

test('one key with two bodies is refused, also when they race; another customer has other keys', () =>
  withShop({}, async (shop) => {
    const bodies = [1, 2, 3, 4].map((quantity) => request({ items: [{ sku: 'TEA-1', quantity }] }));
    const place = (body: unknown, actor = ada) =>
      shop.call<Answer>('place-order', { request: body, idempotencyKey: 'checkout-3' }, actor);
    const outcomes = await Promise.all(bodies.map((body) => place(body)));
    assert.equal(outcomes.filter(({ ok }) => ok).length, 1);
    for (const outcome of [...outcomes, await place(request({ items: [{ sku: 'CUP-1', quantity: 9 }] }))]) {
      if (!outcome.ok) assert.equal(outcome.problem.code, 'idempotency-key-reused');
    }
    const [other] = [await place(bodies[0], bob)];
    assert.ok(other?.ok && !other.value.replayed);
    assert.equal(await count(shop, "events WHERE type = 'order-placed'"), 2);
  }));

test('keys are forgotten after a day', () =>
  withShop({}, async (shop) => {
    const input = { request: request(), idempotencyKey: 'checkout-4' };
    const first = valueOf(await shop.call<Answer>('place-order', input));
    shop.clock.advance(23 * 3_600_000);
    await shop.app().catchUp();
    assert.equal(valueOf(await shop.call<Answer>('place-order', input)).replayed, true);
    shop.clock.advance(2 * 3_600_000);
    await shop.app().catchUp();
    const second = valueOf(await shop.call<Answer>('place-order', input));
    assert.notEqual(second.order.orderId, first.order.orderId);
  }));

test('what was committed but not published leaves after a restart', async () => {
  let isDown = true;
  const unreliable = (bus: Publisher): Publisher => ({
    publish: (messages) =>
      isDown
        ? Promise.resolve(messages.map(() => ({ ok: false, error: new Error('the broker is down') })))
        : bus.publish(messages),
  });
  await withShop({ publisher: unreliable }, async (shop) => {
    const orders = await Promise.all(Array.from({ length: 10 }, () => shop.place()));
    assert.deepEqual(shop.seen, []);
    assert.equal(await count(shop, 'outbox'), 20);
    isDown = false;
    await shop.restart();
    for (const { orderId } of orders) assert.equal((await shop.ended(orderId)).status, 'CONFIRMED');
  });
});

test('a bus that repeats, delays and replays changes no outcome', () =>
  withShop({ seed: 20_260_301 }, async (shop) => {
    const tokens = ['tok_ok', 'tok_decline', 'tok_capture_decline'];
    const placed = await Promise.all(
      Array.from({ length: 60 }, (_, index) => shop.place({ payment: { token: tokens[index % 3] } })),
    );
    const cancelled = placed.filter((_, index) => index % 5 === 0);
    await Promise.all(cancelled.map(({ orderId }) => shop.call('cancel-order', { orderId })));
    for (const { orderId } of placed) {
      const order = await shop.ended(orderId);
      const sold = order.status === 'CONFIRMED';
      assert.equal(shop.inventory.holds.get(orderId) === 'committed', sold);
      assert.equal(shop.payment.charges.get(orderId) === 'captured', sold);
    }
    const announced = shop.seen.filter(({ topic }) => topic === 'order.events');
    assert.equal(new Set(announced.map(({ key, type }) => `${key} ${type}`)).size, 120);
  }));

test('a payment that never answers is given up at the deadline, and undone', () =>
  withShop({}, async (shop) => {
    const { orderId } = await shop.place({ payment: { token: 'tok_stuck' } });
    await eventually(() => assert.equal(shop.payment.charges.get(orderId), 'requested'));
    shop.clock.advance(30_000);
    await shop.app().catchUp();
    const asked = () => shop.seen.filter(({ key, type }) => key === orderId && type === 'authorise-payment');
    await eventually(() => assert.equal(asked().length, 2));
    assert.equal(new Set(asked().map(({ id }) => id)).size, 2);
    assert.ok(shop.logger.lines.some((line) => line.includes('an answer is overdue')));
    shop.clock.advance(270_000);
    await shop.app().catchUp();
    const waiting = valueOf(await shop.call('get-order', { orderId }));
    assert.deepEqual([waiting.status, waiting.reason], ['COMPENSATING', 'payment-unavailable']);
    await eventually(() => assert.equal(shop.inventory.holds.get(orderId), 'released'));
    await settle(shop, orderId);
    assert.equal((await shop.ended(orderId)).status, 'REJECTED');
    await eventually(async () => assert.equal(await count(shop, 'timers'), 0));
  }));

test('every answer that gets lost is asked for again', async () => {
  const lost = new Set<string>();
  // The first of each kind of reply disappears.
  const lose = ({ type }: { readonly type: string }) => !lost.has(type) && lost.add(type).has(type);
  await withShop({ lose, env: { STEP_TIMEOUT: '10s' } }, async (shop) => {
    const { orderId } = await shop.place();
    const reaches = (status: string) =>
      eventually(async () => {
        shop.clock.advance(100_000);
        await shop.app().catchUp();
        assert.equal(valueOf(await shop.call('get-order', { orderId })).status, status);
      });
    await reaches('CONFIRMED');
    valueOf(await shop.call('refund-order', { orderId }, admin));
    await reaches('CANCELLED');
    assert.deepEqual(
      [...lost],
      [
        'stock-reserved',
        'payment-authorised',
        'reservation-committed',
        'payment-captured',
        'payment-refunded',
        'reservation-released',
      ],
    );
  });
});

test('repeats that reach two instances at once still make one order', async () => {
  const gates: (() => void)[] = [];
  // Both have found the key unused before either is placed.
  const beforePrices = () =>
    new Promise<void>((resolve) => {
      if (gates.push(resolve) === 2) for (const open of gates.splice(0)) open();
    });
  await withShop({ env: { INSTANCE_ID: 'one' }, beforePrices }, async (one) => {
    const second = { env: { INSTANCE_ID: 'two' }, beforePrices, database: one.database };
    await withShop(second, async (two) => {
      for (let round = 0; round < 10; round += 1) {
        const input = { request: request(), idempotencyKey: `race-${round}` };
        const outcomes = await Promise.all([one, two].map((shop) => shop.call<Answer>('place-order', input)));
        const answers = outcomes.map(valueOf);
        assert.equal(new Set(answers.map(({ order }) => order.orderId)).size, 1);
        assert.equal(answers.filter(({ replayed }) => !replayed).length, 1);
      }
      assert.equal(await count(one, "events WHERE type = 'order-placed'"), 10);
    });
  });
});

test('a message that breaks its contract is dropped; one for an unknown order changes nothing', () =>
  withShop({}, async (shop) => {
    const [subscription] = shop.app().subscriptions.filter(({ topic }) => topic === 'payment.events');
    assert.ok(subscription);
    const message = (type: string, data: unknown) =>
      subscription.handle({
        id: randomUUID(),
        topic: 'payment.events',
        key: 'k',
        type,
        time: shop.clock.now().toISOString(),
        source: 'payment',
        data,
      });
    for (const [type, data] of [
      ['payment-authorised', { orderId: 'not-an-id' }],
      ['payment-authorised', { orderId: randomUUID(), card: '4111' }],
      ['stock-reserved', { orderId: randomUUID(), expiresAt: shop.clock.now().toISOString() }],
      ['payment-exploded', {}],
    ] as const) {
      assert.equal((await message(type, data)).kind, 'drop', type);
    }
    assert.deepEqual(await message('payment-authorised', { orderId: randomUUID() }), {
      kind: 'ack',
      as: 'refused',
    });
    assert.equal(await count(shop, 'events'), 0);
  }));

test('an order that waits survives a restart', () =>
  withShop({}, async (shop) => {
    const { orderId } = await shop.place({ payment: { token: 'tok_stuck' } });
    await shop.restart();
    await settle(shop, orderId);
    assert.equal((await shop.ended(orderId)).status, 'CONFIRMED');
  }));

async function settle(shop: Shop, orderId: string): Promise<void> {
  const reply = await eventually(() => {
    const answer = shop.payment.settle(orderId);
    assert.ok(answer);
    return answer;
  });
  const time = shop.clock.now().toISOString();
  await shop.bus.publish([
    { id: randomUUID(), topic: 'payment.events', key: orderId, time, source: 'payment', ...reply },
  ]);
}
