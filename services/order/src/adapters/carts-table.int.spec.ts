import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createTestDatabase } from '@ecommercestack/event-store/testing';
import { migrateTables } from '@ecommercestack/kit';
import { fakeClock, stateStoreContract } from '@ecommercestack/kit/testing';
import { createCartsTable, purgeCarts } from './carts-table.ts';

async function openTable() {
  const database = await createTestDatabase();
  const migrations = new URL('../../migrations', import.meta.url);
  await migrateTables({ appId: 'order', migrations }, database.connectionString);
  const clock = fakeClock();
  const store = createCartsTable<unknown>(database.pool, clock);
  return { database, clock, store };
}

stateStoreContract('a table', async () => {
  const { database, clock, store } = await openTable();
  return {
    store,
    elapse: async (seconds) => clock.advance(seconds * 1_000),
    close: () => database.drop(),
  };
});

test('the purge takes what has expired, and nothing else', async () => {
  const { database, clock, store } = await openTable();
  await store.put('old', {}, { ttlSeconds: 60 });
  await store.put('young', {}, { ttlSeconds: 61 });
  await store.put('lasting', {}, {});
  clock.advance(60_000);
  assert.equal(await purgeCarts(database.pool, clock.now()), 1);
  const { rows } = await database.pool.query('SELECT owner FROM carts ORDER BY owner');
  assert.deepEqual(rows, [{ owner: 'lasting' }, { owner: 'young' }]);
  await database.drop();
});
