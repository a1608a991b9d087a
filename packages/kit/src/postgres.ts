/** A PostgreSQL pool with the limits that the driver leaves off, and with metrics. */
import pg from 'pg';
import { z } from 'zod';
import { durationMs, wholeNumber } from './config.ts';
import type { Metrics } from './kit-metrics.ts';
import type { Logger } from './logger.ts';

/** Spread into a service's configuration schema. */
export const poolConfig = {
  PG_POOL_MAX: wholeNumber.pipe(z.int().min(1)).prefault('25'),
  /** Connections kept open while idle. */
  PG_POOL_MIN: wholeNumber.prefault('5'),
  PG_POOL_MAX_LIFETIME: durationMs.prefault('1h'),
  PG_POOL_IDLE_TIMEOUT: durationMs.prefault('30s'),
  PG_CONNECTION_TIMEOUT: durationMs.prefault('5s'),
  PG_STATEMENT_TIMEOUT: durationMs.prefault('30s'),
  PG_IDLE_IN_TRANSACTION_TIMEOUT: durationMs.prefault('30s'),
};

/** The server ends a statement by itself; one that has not answered by then is gone without a word. */
const ANSWER_GRACE_MS = 5_000;
/** Of silence, before the system asks whether the server is still there. */
const KEEP_ALIVE_MS = 10_000;

const poolSchema = z.object(poolConfig);
export type PoolConfig = z.output<typeof poolSchema>;

export interface PoolDependencies {
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** Label of the pool's metrics, and the application name that the server shows. */
  readonly name: string;
}

/** `config` holds the values of `poolConfig`; what is missing takes its default. The caller ends the pool. */
export function createPool(
  connection: { readonly connectionString: string } & Partial<PoolConfig>,
  { logger, metrics, name }: PoolDependencies,
): pg.Pool {
  const config: PoolConfig = { ...poolSchema.parse({}), ...connection };
  const pool = new pg.Pool({
    connectionString: connection.connectionString,
    application_name: name,
    max: config.PG_POOL_MAX,
    min: Math.min(config.PG_POOL_MIN, config.PG_POOL_MAX),
    maxLifetimeSeconds: Math.ceil(config.PG_POOL_MAX_LIFETIME / 1_000),
    idleTimeoutMillis: config.PG_POOL_IDLE_TIMEOUT,
    connectionTimeoutMillis: config.PG_CONNECTION_TIMEOUT,
    statement_timeout: config.PG_STATEMENT_TIMEOUT,
    idle_in_transaction_session_timeout: config.PG_IDLE_IN_TRANSACTION_TIMEOUT,
    query_timeout: config.PG_STATEMENT_TIMEOUT === 0 ? 0 : config.PG_STATEMENT_TIMEOUT + ANSWER_GRACE_MS,
    keepAlive: true,
    keepAliveInitialDelayMillis: KEEP_ALIVE_MS,
    // Statements that do not wait for each other are sent together.
    pipeline: true,
  });
  pool.on('error', (error) => logger.warn({ error, pool: name }, 'an idle connection was lost'));
  const stopCollecting = metrics.onCollect(() => {
    if (pool.ended) return stopCollecting();
    metrics.kit.poolConnections.set({ pool: name, state: 'total' }, pool.totalCount);
    metrics.kit.poolConnections.set({ pool: name, state: 'idle' }, pool.idleCount);
    metrics.kit.poolConnections.set({ pool: name, state: 'waiting' }, pool.waitingCount);
  });
  return pool;
}

/** Ready when the database answers. */
export async function checkPool(pool: pg.Pool): Promise<string | undefined> {
  try {
    await pool.query('SELECT 1');
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
