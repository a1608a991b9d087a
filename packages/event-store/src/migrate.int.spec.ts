import assert from 'node:assert/strict';
import { test } from 'node:test';
import { migrateEventStore } from './migrate.ts';
import { createTestDatabase } from './testing.ts';

test('two processes that migrate at once both succeed, and the tables exist once', async () => {
  const database = await createTestDatabase();
  try {
    await Promise.all([1, 2, 3].map(() => migrateEventStore(database.connectionString)));
    const { rows } = await database.pool.query('SELECT name FROM event_store_migrations');
    assert.deepEqual(rows, [{ name: '0001_event-store' }]);
    const tables = await database.pool.query<{ table_name: string }>(
      "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public' ORDER BY 1",
    );
    assert.deepEqual(
      tables.rows.map((row) => row.table_name),
      ['dead_letters', 'event_store_migrations', 'events', 'inbox', 'outbox', 'projections', 'timers'],
    );
  } finally {
    await database.drop();
  }
});

test('a schema of its own is created', async () => {
  const database = await createTestDatabase();
  try {
    await migrateEventStore(database.connectionString, { schema: 'shop' });
    const { rows } = await database.pool.query("SELECT to_regclass('shop.events') AS found");
    assert.deepEqual(rows, [{ found: 'shop.events' }]);
  } finally {
    await database.drop();
  }
});
