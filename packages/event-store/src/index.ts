/** Event store, inbox, outbox, timers, projections and micro-batched processors on PostgreSQL. */
export type * from './types.ts';
export { migrate, migrateEventStore, type MigrateOptions } from './migrate.ts';
