import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { createTestDatabase } from '@ecommercestack/event-store/testing';
import type { TestDatabase } from '@ecommercestack/event-store/testing';
import type { Message } from '@ecommercestack/kit';
import { eventually, fakeClock } from '@ecommercestack/kit/testing';
import { findStockViolations } from './adapters/stock-violations.ts';
import { startInventory } from './spec/inventory.ts';
import type { TestInventory } from './spec/inventory.ts';

void describe('inventory service', () => {
  const clock = fakeClock('2030-01-01T12:00:00.000Z');
  const published: Message[] = [];
  let database: TestDatabase;
  let one: TestInventory;
  let two: TestInventory;

  before(async () => {
    database = await createTestDatabase();
    const { connectionString } = database;
    const env = { EXPIRY_SWEEP_INTERVAL: '20ms', RESERVATION_TTL: '10m' };
    [one, two] = await Promise.all([
      startInventory({ connectionString, clock, env, published, instance: 'one' }),
      startInventory({ connectionString, clock, env, published, instance: 'two' }),
    ]);
  });
  after(async () => {
    await Promise.all([one.stop(), two.stop()]);
    assert.deepEqual(await findStockViolations(database.pool), []);
    await database.drop();
  });

  const command = (type: string, orderId: string, sku: string, quantity = 1, id: string = randomUUID()) => ({
    id,
    topic: 'inventory.commands',
    key: orderId,
    type,
    data: { orderId, lines: [{ sku, quantity }] },
  });
  const answers = (orderId: string) =>
    published.filter(({ topic, key }) => topic === 'inventory.events' && key === orderId);
  const answered = (orderId: string, count: number) =>
    eventually(() => {
      const found = answers(orderId);
      assert.ok(found.length >= count, `${found.length} answers instead of ${count}`);
      return found;
    });
  const stocked = async (sku: string, quantity: number) =>
    one.call('restock', { sku, quantity, idempotencyKey: `first-${sku}` }, ['admin']);
  const stockOf = (sku: string) => two.call('get-stock', { sku });

  void it('answers the saga: reserved, committed, released', async () => {
    await stocked('SAGA', 3);
    const orderId = randomUUID();
    for (const type of ['reserve-stock', 'commit-reservation', 'release-reservation']) {
      await one.deliver(command(type, orderId, 'SAGA', 2));
    }
    const expiresAt = '2030-01-01T12:10:00.000Z';
    assert.deepEqual(
      (await answered(orderId, 3)).map(({ type, data }) => ({ type, data })),
      [
        { type: 'stock-reserved', data: { orderId, expiresAt } },
        { type: 'reservation-committed', data: { orderId } },
        { type: 'reservation-released', data: { orderId } },
      ],
    );
    assert.deepEqual(await stockOf('SAGA'), {
      ok: true,
      value: { sku: 'SAGA', available: 3, held: 0, committed: 0, version: 3 },
    });
  });

  void it('one message delivered to two instances at once is answered once', async () => {
    await stocked('TWICE', 9);
    const orderId = randomUUID();
    const message = command('reserve-stock', orderId, 'TWICE', 2);
    await Promise.all([one.deliver(message), two.deliver(message), one.deliver(message)]);
    await answered(orderId, 1);
    await one.deliver(command('commit-reservation', orderId, 'TWICE', 2));
    assert.deepEqual(
      (await answered(orderId, 2)).map(({ type }) => type),
      ['stock-reserved', 'reservation-committed'],
    );
    assert.deepEqual(await stockOf('TWICE'), {
      ok: true,
      value: { sku: 'TWICE', available: 7, held: 0, committed: 2, version: 2 },
    });
  });

  void it('both instances sweep; each reservation that is over is given back and announced once', async () => {
    await stocked('SWEPT', 20);
    const orders = Array.from({ length: 20 }, () => randomUUID());
    await Promise.all(
      orders.map((orderId, index) =>
        (index % 2 === 0 ? one : two).deliver(command('reserve-stock', orderId, 'SWEPT')),
      ),
    );
    await one.deliver(command('commit-reservation', orders[0] ?? '', 'SWEPT'));
    clock.advance(10 * 60_000);
    await Promise.all(orders.slice(1).map((orderId) => answered(orderId, 2)));
    assert.deepEqual(
      orders.map((orderId) => answers(orderId).at(-1)?.type),
      orders.map((_, index) => (index === 0 ? 'reservation-committed' : 'reservation-expired')),
    );
    const stock = (await stockOf('SWEPT')) as { value: Record<string, number> };
    assert.deepEqual([stock.value['available'], stock.value['held'], stock.value['committed']], [19, 0, 1]);
    await one.deliver(command('commit-reservation', orders[1] ?? '', 'SWEPT'));
    const refused = (await answered(orders[1] ?? '', 3)).at(-1);
    assert.deepEqual(refused?.data, { orderId: orders[1], reason: 'expired' });
  });

  void it('sets aside what is not a command', async () => {
    const orderId = randomUUID();
    await one.deliver({ ...command('reserve-stock', orderId, 'SAGA'), data: { orderId, lines: [] } });
    await one.deliver(command('steal-stock', orderId, 'SAGA'));
    await one.deliver(command('reserve-stock', orderId, 'SAGA', 1));
    await one.deliver(command('commit-reservation', orderId, 'SAGA', 2));
    assert.deepEqual(one.deadLetters, [
      'not a command: reserve-stock',
      'not a command: steal-stock',
      'the command names other lines than the reservation has',
    ]);
  });

  void it('gives a new product a stock of zero, and leaves what is there alone', async () => {
    const created = (sku: string) => ({
      id: randomUUID(),
      topic: 'catalog.events',
      key: sku,
      type: 'product-created',
      data: {
        product: {
          sku,
          name: 'Sencha',
          description: '',
          category: 'tea',
          brand: 'Ecommerce',
          tags: [],
          price: { amount: 990, currency: 'EUR' },
          attributes: {},
          version: 1,
          createdAt: clock.now().toISOString(),
          updatedAt: clock.now().toISOString(),
        },
      },
    });
    await stocked('KNOWN', 4);
    await one.deliver(created('NEW'));
    await one.deliver(created('KNOWN'));
    assert.deepEqual(await two.call('get-stocks', { skus: ['NEW', 'KNOWN', 'NEW', 'NONE'] }), {
      ok: true,
      value: {
        items: [
          { sku: 'NEW', available: 0, held: 0, committed: 0, version: 1 },
          { sku: 'KNOWN', available: 4, held: 0, committed: 0, version: 1 },
        ],
        missing: ['NONE'],
      },
    });
    const refused = (await two.call('get-stock', { sku: 'NONE' })) as { problem: { code: string } };
    assert.equal(refused.problem.code, 'not-found');
  });

  void it('restocks for administrators, once per key', async () => {
    const restock = (quantity: number, roles: readonly string[], idempotencyKey?: string) =>
      one.call('restock', { sku: 'KEYED', quantity, idempotencyKey }, roles) as Promise<{
        value?: { available: number };
        problem?: { code: string };
      }>;
    assert.equal((await restock(5, ['support'])).problem?.code, 'forbidden');
    const repeats = await Promise.all(Array.from({ length: 10 }, () => restock(5, ['admin'], 'k')));
    assert.deepEqual(new Set(repeats.map(({ value }) => value?.available)), new Set([5]));
    assert.equal((await restock(6, ['admin'], 'k')).problem?.code, 'idempotency-key-reused');
    await restock(5, ['admin']);
    assert.equal((await restock(5, ['admin'])).value?.available, 15);
    assert.equal((await restock(0, ['admin'])).problem?.code, 'invalid-request');
  });

  void it('one key that means two things at two instances at once is taken for one of them', async () => {
    for (let round = 0; round < 20; round += 1) {
      const restock = (instance: TestInventory, sku: string) =>
        instance.call('restock', { sku, quantity: 1, idempotencyKey: `round-${round}` }, ['admin']);
      const both = await Promise.all([restock(one, `L${round}`), restock(two, `R${round}`)]);
      const problems = (both as { problem?: { code: string } }[]).flatMap(
        ({ problem }) => problem?.code ?? [],
      );
      assert.deepEqual(problems, ['idempotency-key-reused']);
    }
  });

  void it('watchers see the levels of their SKUs, whichever instance changes them', async () => {
    const watching = new AbortController();
    const actor = { id: 'guest:1', roles: [] };
    const context = { requestId: 'r', actor, signal: watching.signal };
    const opened = await two.app.methods.stream.get('watch-stock')?.({ skus: ['WATCHED'] }, context);
    assert.ok(opened?.ok);
    await stocked('UNWATCHED', 1);
    await stocked('WATCHED', 7);
    const seen = [];
    for await (const event of opened.value) {
      seen.push(event);
      if (seen.length === 1) await one.deliver(command('reserve-stock', randomUUID(), 'WATCHED', 3));
      if (seen.length === 2) watching.abort();
    }
    assert.deepEqual(seen, [
      { event: 'stock-level', data: { sku: 'WATCHED', available: 7, version: 1 } },
      { event: 'stock-level', data: { sku: 'WATCHED', available: 4, version: 2 } },
    ]);
  });

  void it('a watcher that is still there ends with the service', async () => {
    const { connectionString } = database;
    const three = await startInventory({ connectionString, clock, instance: 'three' });
    const context = { requestId: 'r', actor: { id: 'a', roles: [] }, signal: new AbortController().signal };
    const opened = await three.app.methods.stream.get('watch-stock')?.({}, context);
    assert.ok(opened?.ok);
    const next = opened.value[Symbol.asyncIterator]().next();
    await three.stop();
    assert.deepEqual(await next, { done: true, value: undefined });
  });

  void it('a crash between commit and publish loses no answer and gives none twice', async () => {
    await stocked('CRASH', 5);
    const { connectionString } = database;
    const broken = await startInventory({ connectionString, clock, instance: 'four', broker: 'down' });
    const orderId = randomUUID();
    const message = command('reserve-stock', orderId, 'CRASH');
    await broken.deliver(message);
    assert.deepEqual(answers(orderId), []);
    // The same instance again, while what is left of its first life still holds the row.
    const restarted = await startInventory({ connectionString, clock, instance: 'four', published });
    await restarted.deliver(message);
    assert.deepEqual(
      (await answered(orderId, 1)).map(({ type }) => type),
      ['stock-reserved'],
    );
    const stock = (await stockOf('CRASH')) as { value: Record<string, number> };
    assert.deepEqual([stock.value['available'], stock.value['held']], [4, 1]);
    await Promise.all([broken.stop(), restarted.stop()]);
  });
});
