import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { z } from 'zod';
import { parseConfig } from './config.ts';
import { createMetrics } from './kit-metrics.ts';
import { renderMetrics } from './metrics.ts';
import { checkPool, createPool, poolConfig } from './postgres.ts';
import { eventually, memoryLogger } from './testing.ts';

const url = z
  .string({ error: 'DATABASE_URL names the server to test against' })
  .parse(process.env['DATABASE_URL']);

function makePool(settings: Record<string, string> = {}, connectionString = url) {
  const metrics = createMetrics({ service: 'test' });
  const logger = memoryLogger();
  const config = parseConfig(z.object(poolConfig), settings);
  const pool = createPool({ connectionString, ...config }, { logger, metrics, name: 'kit-spec' });
  return { pool, metrics, logger };
}

describe('pool', () => {
  it('limits statements and idle transactions', async () => {
    const { pool } = makePool({ PG_STATEMENT_TIMEOUT: '100ms', PG_IDLE_IN_TRANSACTION_TIMEOUT: '7s' });
    const { rows } = await pool.query(
      `SELECT current_setting('idle_in_transaction_session_timeout') AS idle, current_setting('application_name') AS name`,
    );
    assert.deepEqual(rows, [{ idle: '7s', name: 'kit-spec' }]);
    await assert.rejects(pool.query('SELECT pg_sleep(60)'), { code: '57014' });
    await pool.end();
  });

  it('takes its defaults without a configuration', async () => {
    const { pool } = makePool();
    assert.deepEqual(
      {
        max: pool.options.max,
        min: pool.options.min,
        life: pool.options.maxLifetimeSeconds,
        answer: pool.options.query_timeout,
      },
      { max: 25, min: 5, life: 3_600, answer: 35_000 },
    );
    const { rows } = await pool.query(`SELECT current_setting('statement_timeout') AS limit`);
    assert.deepEqual(rows, [{ limit: '30s' }]);
    await pool.end();
  });

  it('counts its connections and who waits for one', async () => {
    const { pool, metrics } = makePool({ PG_POOL_MAX: '1' });
    const held = await pool.connect();
    const waiting = pool.query('SELECT 1');
    const line = (state: string, value: number) =>
      `pg_pool_connections{service="test",pool="kit-spec",state="${state}"} ${value}`;
    const { body } = await renderMetrics(metrics.registry);
    for (const expected of [line('total', 1), line('idle', 0), line('waiting', 1)])
      assert.ok(body.includes(expected));
    held.release();
    await waiting;
    await pool.end();
    await renderMetrics(metrics.registry);
    assert.equal(metrics.registry.collectors.size, 0);
  });

  it('survives the loss of an idle connection', async () => {
    const { pool, logger } = makePool({ PG_POOL_MAX: '1' });
    const other = makePool();
    const { rows } = await pool.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
    await other.pool.query('SELECT pg_terminate_backend($1)', [rows[0]?.pid]);
    await eventually(() => assert.match(logger.lines.join(''), /an idle connection was lost/));
    assert.equal(await checkPool(pool), undefined);
    await Promise.all([pool.end(), other.pool.end()]);
  });

  it('is not ready while the server cannot be reached, and says why', async () => {
    const { pool } = makePool({ PG_CONNECTION_TIMEOUT: '1s' }, 'postgres://user:hunter2@127.0.0.1:1/none');
    assert.match((await checkPool(pool)) ?? '', /ECONNREFUSED/);
    await pool.end();
  });
});
