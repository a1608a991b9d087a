import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { migrate, migrateEventStore } from './migrate.ts';
import { createTestDatabase } from './testing.ts';

test('two processes that migrate at once both succeed, and the tables exist once', async () => {
  const database = await createTestDatabase();
  try {
    await Promise.all([1, 2, 3].map(() => migrateEventStore(database.connectionString)));
    const { rows } = await database.pool.query('SELECT name FROM event_store_migrations ORDER BY name');
    assert.deepEqual(rows, [{ name: '0001_event-store' }, { name: '0002_dead-letter-desk' }]);
    const tables = await database.pool.query<{ table_name: string }>(
      "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public' ORDER BY 1",
    );
    assert.deepEqual(
      tables.rows.map((row) => row.table_name),
      [
        'dead_letter_actions',
        'dead_letter_jobs',
        'dead_letters',
        'event_store_migrations',
        'events',
        'inbox',
        'outbox',
        'projections',
        'timers',
      ],
    );
  } finally {
    await database.drop();
  }
});

test('letters from before the desk keep their reason as their pattern, and all steps can be undone', async () => {
  const database = await createTestDatabase();
  const dir = fileURLToPath(new URL('../migrations', import.meta.url));
  const step = {
    connectionString: database.connectionString,
    dir,
    migrationsTable: 'event_store_migrations',
  };
  try {
    await migrateEventStore(database.connectionString);
    await migrate({ ...step, direction: 'down' });
    await database.pool.query(await upPart(`${dir}/0001_event-store.sql`));
    await database.pool.query(
      `INSERT INTO dead_letters (consumer, topic, message_id, message, reason, attempts, first_at, last_at, status)
        VALUES ('a', 't', 'm', '{"type":"x"}', 'no 1', 1, now(), now(), 'open')`,
    );
    await database.pool.query(await upPart(`${dir}/0002_dead-letter-desk.sql`));
    const { rows } = await database.pool.query('SELECT type, pattern, version FROM dead_letters');
    assert.deepEqual(rows, [{ type: 'x', pattern: 'no 1', version: 1 }]);
  } finally {
    await database.drop();
  }
});

async function upPart(file: string): Promise<string> {
  return (await readFile(file, 'utf8')).split('-- Down Migration')[0] ?? '';
}

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
