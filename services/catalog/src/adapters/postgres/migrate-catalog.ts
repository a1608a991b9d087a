import { fileURLToPath } from 'node:url';
import { migrate, migrateEventStore } from '@ecommercestack/event-store';

/** Brings a database to the newest schema; safe in several processes at once. */
export async function migrateCatalog(connectionString: string): Promise<void> {
  await migrateEventStore(connectionString);
  await migrate({
    connectionString,
    dir: fileURLToPath(new URL('../../../migrations', import.meta.url)),
    migrationsTable: 'catalog_migrations',
  });
}
