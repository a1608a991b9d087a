import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { createEventStore } from '@ecommercestack/event-store';
import { createTestDatabase } from '@ecommercestack/event-store/testing';
import type { TestDatabase } from '@ecommercestack/event-store/testing';
import { migrateTables } from '@ecommercestack/kit';
import type { StockMessage } from '../ports.ts';
import { minutesLater, next, reserve, restock } from '../spec/commands.ts';
import { readStocks } from './read-world.ts';
import { createStockProcessor, type StockProcessor } from './stock-processor.ts';
import { findStockViolations } from './stock-violations.ts';
import { tables } from './tables.ts';

void describe('what two processes remember of the same stock', () => {
  let database: TestDatabase;
  const newProcessor = () => createStockProcessor({ store: createEventStore({ pool: database.pool }) });
  const handle = async (processor: StockProcessor, message: StockMessage) => {
    const handled = await processor.submit(message);
    return handled.kind === 'handled' ? handled.result.result.kind : handled.kind;
  };
  const lines = [{ sku: 'A', quantity: 1 }];

  before(async () => {
    database = await createTestDatabase();
    await migrateTables(tables, database.connectionString);
  });
  after(async () => {
    assert.deepEqual(await findStockViolations(database.pool), []);
    await database.drop();
  });

  void it('given units that the other has sold, neither sells them again nor refuses what is there', async () => {
    const [one, two] = [newProcessor(), newProcessor()];
    await handle(one, restock('A', 10));
    const results: string[] = [];
    for (let turn = 0; turn < 12; turn += 1) {
      results.push(await handle(turn % 3 === 0 ? two : one, reserve(randomUUID(), lines)));
    }
    assert.deepEqual(results, [...Array<string>(10).fill('reserved'), 'reserve-refused', 'reserve-refused']);
    await handle(two, restock('A', 1));
    assert.equal(await handle(one, reserve(randomUUID(), lines)), 'reserved');
    assert.equal((await readStocks(database.pool, ['A'])).get('A')?.available, 0);
  });

  void it('given stock that the other has filled up, nobody is refused for want of it', async () => {
    const [one, two] = [newProcessor(), newProcessor()];
    const last = [{ sku: 'B', quantity: 1 }];
    await handle(one, restock('B', 1));
    assert.equal(await handle(one, reserve(randomUUID(), last)), 'reserved');
    await handle(two, restock('B', 1));
    assert.equal(await handle(one, reserve(randomUUID(), last)), 'reserved');
  });

  void it('given a hold that the other has ended, it is not committed', async () => {
    const [one, two] = [newProcessor(), newProcessor()];
    await handle(one, restock('A', 3));
    const orders = Array.from({ length: 3 }, () => randomUUID());
    for (const orderId of orders) assert.equal(await handle(one, reserve(orderId, lines)), 'reserved');
    const [released = '', expired = '', kept = ''] = orders;
    assert.equal(await handle(two, next('release', released, lines)), 'released');
    assert.equal(await handle(two, next('expire', expired, lines, minutesLater(11))), 'expired');
    assert.equal(await handle(one, next('commit', released, lines)), 'commit-refused');
    assert.equal(await handle(one, next('commit', expired, lines)), 'commit-refused');
    assert.equal(await handle(one, next('commit', kept, lines)), 'committed');
  });

  void it('given an order that the other has reserved, it is not reserved twice', async () => {
    const [one, two] = [newProcessor(), newProcessor()];
    await handle(one, restock('A', 2));
    await handle(two, reserve(randomUUID(), lines));
    const orderId = randomUUID();
    assert.equal(await handle(two, reserve(orderId, lines)), 'reserved');
    assert.equal(await handle(one, reserve(orderId, lines)), 'reserved');
    const { rows } = await database.pool.query('SELECT FROM reservations WHERE order_id = $1', [orderId]);
    assert.equal(rows.length, 1);
  });
});
