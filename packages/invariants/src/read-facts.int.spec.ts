import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import pg from 'pg';
import { readFacts } from './read-facts.ts';

const services = ['order', 'inventory', 'payment', 'catalog', 'notification'];
const schema = `facts_${process.pid}`;
const url = new URL(process.env['DATABASE_URL'] ?? '');
url.searchParams.set('options', `-c search_path=${schema}`);
const holder = new pg.Client({ connectionString: url.href });
const onlooker = new pg.Client({ connectionString: url.href });

before(async () => {
  await Promise.all([holder.connect(), onlooker.connect()]);
  await holder.query(`CREATE SCHEMA ${schema} CREATE TABLE events (stream_id text, version integer)`);
});
after(async () => {
  await holder.query(`DROP SCHEMA ${schema} CASCADE`);
  await Promise.all([holder.end(), onlooker.end()]);
});

test('a server that goes away during a look fails the look, and not the process', async () => {
  await holder.query('BEGIN');
  await holder.query('LOCK TABLE events');
  const databases = Object.fromEntries(services.map((service) => [service, url.href]));
  const failed = assert.rejects(readFacts({ databases, providerUrl: 'http://127.0.0.1:9' }), /terminat/);
  const ours = "application_name = 'invariants' AND datname = current_database()";
  const isWaiting = `SELECT FROM pg_stat_activity WHERE ${ours} AND wait_event_type = 'Lock'`;
  while ((await onlooker.query(isWaiting)).rowCount === 0);
  const cut = await onlooker.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE ${ours}`);
  assert.equal(cut.rowCount, services.length);
  await failed;
  await holder.query('ROLLBACK');
});
