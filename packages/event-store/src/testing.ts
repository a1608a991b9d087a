/** A database of its own for each test. */
import { randomBytes } from 'node:crypto';
import { Client, Pool } from 'pg';

export interface TestDatabase {
  readonly connectionString: string;
  /** Empty database: run the migrations you need. */
  readonly pool: Pool;
  /** Closes the pool and drops the database, whoever else is still connected. */
  drop(): Promise<void>;
}

async function administer(connectionString: string, statement: string): Promise<void> {
  const client = new Client({ connectionString });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}

/** Creates a database beside the one that `DATABASE_URL` names, which must be reachable by a role with CREATEDB. */
export async function createTestDatabase(
  options: { readonly maxConnections?: number } = {},
): Promise<TestDatabase> {
  const serverUrl = process.env['DATABASE_URL'];
  if (serverUrl === undefined || serverUrl === '') {
    throw new Error(
      'Set DATABASE_URL to a PostgreSQL server for tests, e.g. postgres://postgres:postgres@127.0.0.1:5432/postgres',
    );
  }
  const name = `test_${process.pid}_${randomBytes(6).toString('hex')}`;
  await administer(serverUrl, `CREATE DATABASE ${name}`);
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  const pool = new Pool({ connectionString: url.href, pipeline: true, max: options.maxConnections ?? 10 });
  // An idle connection may be cut by the test itself; the pool has already replaced it when this fires.
  pool.on('error', () => undefined);
  return {
    connectionString: url.href,
    pool,
    async drop() {
      await pool.end();
      await administer(serverUrl, `DROP DATABASE ${name} WITH (FORCE)`);
    },
  };
}
