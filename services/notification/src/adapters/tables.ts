import { fileURLToPath } from 'node:url';
import { migrate, migrateEventStore } from '@ecommercestack/event-store';

/** Creates or upgrades all tables of the service; safe from several processes at once. */
export async function migrateNotification(connectionString: string): Promise<void> {
  await migrateEventStore(connectionString);
  await migrate({
    connectionString,
    dir: fileURLToPath(new URL('../../migrations', import.meta.url)),
    migrationsTable: 'notification_migrations',
  });
}
