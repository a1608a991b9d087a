import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Pool } from 'pg';
import { claimRows, readDepth, releaseLeases, renewLeases } from './outbox-table.ts';
import { withStore } from './spec-support.ts';

const minute = 60_000;

/** Rows of (key, owner); a lease of a minute where there is an owner. */
async function fill(
  pool: Pool,
  rows: readonly (readonly [key: string, owner: string | null])[],
): Promise<void> {
  for (const [key, owner] of rows) {
    await pool.query(
      `INSERT INTO outbox (id, aggregatetype, aggregateid, type, payload, created_at, owner, leased_until)
       VALUES (gen_random_uuid(), 't', $1, 'n', '{}', '2026-01-01T00:00:00Z', $2::text,
         CASE WHEN $2::text IS NOT NULL THEN now() + interval '1 minute' END)`,
      [key, owner],
    );
  }
}

const claim = async (pool: Pool, owner: string, limit = 100) =>
  (await claimRows(pool, { owner, leaseMs: minute, limit, except: [] })).map(
    ({ key, seq }) => `${key}${seq}`,
  );

test('a claim takes free rows in order, and none behind a row that a living relay holds', () =>
  withStore(async ({ database: { pool } }) => {
    await fill(pool, [
      ['a', null],
      ['b', 'other'],
      ['b', null],
      ['a', null],
      ['c', 'me'],
      ['c', null],
    ]);
    assert.deepEqual(await claim(pool, 'me', 1), ['a1']);
    assert.deepEqual(await claim(pool, 'me'), ['a4', 'c6']);
    assert.deepEqual(await claim(pool, 'me'), []);
    await pool.query("UPDATE outbox SET leased_until = now() - interval '1 second' WHERE owner = 'other'");
    assert.deepEqual(await claim(pool, 'me'), ['b2', 'b3']);
  }));

test('leases are renewed for their owner alone, and given back at once', () =>
  withStore(async ({ database: { pool } }) => {
    await fill(pool, [
      ['a', 'me'],
      ['b', 'other'],
    ]);
    assert.deepEqual(await renewLeases(pool, 'me', ['1', '2'], minute), new Set(['1']));
    await releaseLeases(pool, 'other');
    assert.deepEqual(await claim(pool, 'me'), ['b2']);
  }));

test('the depth counts all rows and tells the age of the oldest', () =>
  withStore(async ({ database: { pool } }) => {
    await fill(pool, [
      ['a', 'me'],
      ['b', null],
    ]);
    const now = new Date('2026-01-01T00:01:30Z');
    assert.deepEqual(await readDepth(pool, now), { pending: 2, oldestAgeSeconds: 90 });
  }));
