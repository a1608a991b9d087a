/** Event store, inbox, outbox, timers, projections and micro-batched processors on PostgreSQL. */
export type * from './types.ts';
export { createDeciderProcessor, type DeciderProcessorOptions } from './decider-processor.ts';
export { CommitUnknownError, ConcurrencyError, StoreUnavailableError } from './errors.ts';
export { createEventStore, type EventStore, type EventStoreOptions } from './event-store.ts';
export type { FollowAllOptions } from './follow.ts';
export { purgeInbox } from './inbox.ts';
export { createMicroBatch, type MicroBatch, type MicroBatchOptions } from './micro-batch.ts';
export { migrate, migrateEventStore, type MigrateOptions } from './migrate.ts';
export { createProcessor, type ProcessorHooks, type ProcessorOptions } from './processor.ts';
export { logStart, type UpTo } from './read-events.ts';
export type { Upcaster, Upcasters } from './upcast.ts';
