import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { createEventStore } from '@ecommercestack/event-store';
import { createTestDatabase } from '@ecommercestack/event-store/testing';
import type { TestDatabase } from '@ecommercestack/event-store/testing';
import { migrateTables } from '@ecommercestack/kit';
import { LinesDifferError } from '../domain/decide.ts';
import { minutesLater, next, noon, reserve, restock } from '../spec/commands.ts';
import { readStocks } from './read-world.ts';
import { createStockProcessor } from './stock-processor.ts';
import type { StockMessage } from '../ports.ts';
import { findStockViolations } from './stock-violations.ts';
import { tables } from './tables.ts';

const lineOf = (sku: string, quantity = 1) => [{ sku, quantity }];

void describe('stock processor', () => {
  let database: TestDatabase;
  const newProcessor = () => createStockProcessor({ store: createEventStore({ pool: database.pool }) });
  const stockOf = async (sku: string) => (await readStocks(database.pool, [sku])).get(sku);
  const resultsOf = async (messages: readonly StockMessage[], processor = newProcessor()) => {
    const handled = await Promise.all(messages.map((message) => processor.submit(message)));
    return handled.map((each) => (each.kind === 'handled' ? each.result.result.kind : each.kind));
  };
  const count = (results: readonly string[], kind: string) => results.filter((each) => each === kind).length;

  before(async () => {
    database = await createTestDatabase({ maxConnections: 12 });
    await migrateTables(tables, database.connectionString);
  });
  after(async () => {
    assert.deepEqual(await findStockViolations(database.pool), []);
    await database.drop();
  });

  void it('60,000 buyers of 50,000 units get exactly 50,000', { timeout: 120_000 }, async () => {
    const processor = newProcessor();
    await processor.submit(restock('HOT', 50_000));
    const results: string[] = [];
    let bought = 0;
    const buyer = async () => {
      while (bought < 60_000) {
        bought += 1;
        results.push(...(await resultsOf([reserve(randomUUID(), lineOf('HOT'))], processor)));
      }
    };
    await Promise.all(Array.from({ length: 512 }, buyer));
    assert.equal(count(results, 'reserved'), 50_000);
    assert.equal(count(results, 'reserve-refused'), 10_000);
    const { rows } = await database.pool.query(
      `SELECT state, count(*)::integer FROM reservations WHERE sku = 'HOT' GROUP BY state ORDER BY state`,
    );
    assert.deepEqual(rows, [
      { state: 'held', count: 50_000 },
      { state: 'refused', count: 10_000 },
    ]);
    assert.deepEqual((await stockOf('HOT'))?.available, 0);
  });

  void it('the last unit goes to one of 200 buyers of two processes', async () => {
    const processors = [newProcessor(), newProcessor()];
    await resultsOf([restock('LAST', 1)]);
    const buyers = Array.from({ length: 200 }, () => reserve(randomUUID(), lineOf('LAST')));
    const results = await Promise.all(
      buyers.map(async (message, index) => resultsOf([message], processors[index % 2])),
    );
    assert.equal(count(results.flat(), 'reserved'), 1);
    assert.equal(count(results.flat(), 'reserve-refused'), 199);
  });

  void it('orders over the same SKUs in any order neither deadlock nor take a part', async () => {
    const processors = [newProcessor(), newProcessor()];
    await resultsOf([restock('X', 60), restock('Y', 40)]);
    const orders = Array.from({ length: 100 }, (_, index) => {
      const lines = [...lineOf('X'), ...lineOf('Y')];
      return reserve(randomUUID(), index % 2 === 0 ? lines : lines.toReversed());
    });
    const results = await Promise.all(
      orders.map(async (message, index) => resultsOf([message], processors[index % 2])),
    );
    assert.equal(count(results.flat(), 'reserved'), 40);
    const [x, y] = [await stockOf('X'), await stockOf('Y')];
    assert.deepEqual([x?.available, x?.held, y?.available, y?.held], [20, 40, 0, 40]);
  });

  void it('commit and expiry of one hold race: exactly one wins, and the stock follows the winner', async () => {
    const committer = newProcessor();
    const sweeper = newProcessor();
    const rounds = 60;
    await resultsOf([restock('RACE', rounds)]);
    const winners = await Promise.all(
      Array.from({ length: rounds }, async () => {
        const orderId = randomUUID();
        const lines = lineOf('RACE');
        await resultsOf([reserve(orderId, lines)], committer);
        // Just in time by its own clock, while the sweeper's clock is past the expiry.
        const commit = next('commit', orderId, lines, minutesLater(9.99));
        const expire = next('expire', orderId, lines, minutesLater(10));
        const [committed, expired] = await Promise.all([
          resultsOf([commit], committer),
          resultsOf([expire], sweeper),
        ]);
        return [...committed, ...expired].join(' ');
      }),
    );
    const sold = count(winners, 'committed nothing');
    assert.equal(count(winners, 'commit-refused expired'), rounds - sold);
    const stock = await stockOf('RACE');
    assert.deepEqual([stock?.available, stock?.held, stock?.committed], [rounds - sold, 0, sold]);
  });

  void it('a redelivered command has no second effect and no second answer', async () => {
    const orderId = randomUUID();
    const message = reserve(orderId, lineOf('X', 2));
    assert.deepEqual(await resultsOf([message, message]), ['reserved', 'duplicate']);
    assert.deepEqual(await resultsOf([message]), ['duplicate']);
    const { rows } = await database.pool.query(
      'SELECT count(*)::integer FROM outbox WHERE aggregateid = $1',
      [orderId],
    );
    assert.deepEqual(rows, [{ count: 1 }]);
  });

  void it('a command sent again under a new id is answered again from the row', async () => {
    const orderId = randomUUID();
    const lines = lineOf('X', 2);
    const answers = await resultsOf([
      reserve(orderId, lines),
      reserve(orderId, lines, minutesLater(1)),
      next('commit', orderId, lines),
      next('commit', orderId, lines),
      next('release', orderId, lines),
      next('release', orderId, lines),
      reserve(orderId, lines),
    ]);
    const expected = [
      'reserved',
      'reserved',
      'committed',
      'committed',
      'released',
      'released',
      'reserve-refused',
    ];
    assert.deepEqual(answers, expected);
    const { rows } = await database.pool.query<{ type: string; payload: Record<string, unknown> }>(
      'SELECT type, payload FROM outbox WHERE aggregateid = $1 ORDER BY seq',
      [orderId],
    );
    const expiresAt = minutesLater(10).toISOString();
    assert.deepEqual(rows, [
      ...[1, 2].map(() => ({ type: 'stock-reserved', payload: { orderId, expiresAt } })),
      ...[1, 2].map(() => ({ type: 'reservation-committed', payload: { orderId } })),
      ...[1, 2].map(() => ({ type: 'reservation-released', payload: { orderId } })),
      { type: 'stock-refused', payload: { orderId, reason: 'released', skus: [] } },
    ]);
  });

  void it('what was refused is remembered with its reason', async () => {
    const orderId = randomUUID();
    const lines = [...lineOf('NOWHERE'), ...lineOf('X')];
    await resultsOf([reserve(orderId, lines)]);
    const again = await newProcessor().submit(reserve(orderId, lines));
    assert.deepEqual(again.kind === 'handled' && again.result, {
      result: { kind: 'reserve-refused', reason: 'unknown-product' },
      events: [{ type: 'stock-refused', data: { orderId, reason: 'unknown-product', skus: ['NOWHERE'] } }],
      changed: false,
    });
  });

  void it('a level change is one event and one message per SKU and transaction, versioned without gaps', async () => {
    const store = createEventStore({ pool: database.pool });
    const processor = createStockProcessor({ store });
    await processor.submit(restock('LEVEL', 5));
    const orders = Array.from({ length: 3 }, () => randomUUID());
    await resultsOf(
      orders.map((orderId) => reserve(orderId, lineOf('LEVEL'))),
      processor,
    );
    await resultsOf(
      orders.map((orderId) => next('commit', orderId, lineOf('LEVEL'))),
      processor,
    );
    const events = await store.load('stock-LEVEL');
    const published = await database.pool.query<{ payload: { available: number; version: number } }>(
      "SELECT payload FROM outbox WHERE aggregateid = 'LEVEL' ORDER BY seq",
    );
    assert.deepEqual(
      published.rows.map(({ payload }) => payload),
      events.map(({ version, data }) => ({ ...(data as object), version })),
    );
    assert.deepEqual((await stockOf('LEVEL'))?.version, events.length);
    assert.deepEqual(events.at(-1)?.data, { sku: 'LEVEL', available: 2 });
    assert.ok(events.length <= 4);
  });

  void it('a command that names other lines is refused for good and leaves its batch alone', async () => {
    const orderId = randomUUID();
    await resultsOf([reserve(orderId, lineOf('X'))]);
    const processor = newProcessor();
    const wrong = { ...next('commit', orderId, lineOf('X', 2), noon), messageId: randomUUID() };
    const right = resultsOf([next('commit', orderId, lineOf('X'), noon)], processor);
    await assert.rejects(processor.submit(wrong), LinesDifferError);
    assert.deepEqual(await right, ['committed']);
    // Not among those that were handled: mended, it is.
    const mended = { ...next('commit', orderId, lineOf('X'), noon), messageId: wrong.messageId };
    assert.deepEqual(await resultsOf([mended], processor), ['committed']);
  });
});
