/** Schema migrations from SQL files, safe to run from several processes at once. */
import { fileURLToPath } from 'node:url';
import { runner } from 'node-pg-migrate';
import { Client, type ClientConfig } from 'pg';

export interface MigrateOptions {
  readonly connectionString: string | ClientConfig;
  /** Absolute path of a folder of `<number>_<name>.sql` files with `-- Up Migration` and `-- Down Migration`. */
  readonly dir: string;
  /** Which of them have run; each owner of tables in one database has its own. */
  readonly migrationsTable: string;
  /** Created if absent. Later connections must put it first on their `search_path`. Default: `public`. */
  readonly schema?: string;
  readonly direction?: 'up' | 'down';
}

/** Runs all pending migrations in one transaction. A second process waits for the first, then finds nothing to do. */
export async function migrate(options: MigrateOptions): Promise<void> {
  const client = new Client(options.connectionString);
  // A server that goes away fails the statement; unheard, this would end the process.
  client.on('error', () => undefined);
  await client.connect();
  try {
    await runner({
      dbClient: client,
      dir: options.dir,
      migrationsTable: options.migrationsTable,
      schema: options.schema ?? 'public',
      createSchema: true,
      direction: options.direction ?? 'up',
      ...(options.direction === 'down' ? { count: Number.POSITIVE_INFINITY } : {}),
      advisoryLockMode: 'wait',
      // Failures are thrown with their cause; progress is of no interest to a library's caller.
      log: () => undefined,
    });
  } finally {
    await client.end();
  }
}

/** Creates or upgrades the tables of the event store. */
export async function migrateEventStore(
  connectionString: string | ClientConfig,
  options: { readonly schema?: string } = {},
): Promise<void> {
  await migrate({
    connectionString,
    dir: fileURLToPath(new URL('../migrations', import.meta.url)),
    migrationsTable: 'event_store_migrations',
    ...options,
  });
}
