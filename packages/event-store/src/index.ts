/** Event store, inbox, outbox, timers, projections and micro-batched processors on PostgreSQL. */
export type * from './types.ts';
export {
  deadLetters,
  type DeadLetter,
  type DeadLetterFilter,
  type DeadLetters,
  type DeadMessage,
} from './dead-letters.ts';
export { createDeciderProcessor, type DeciderProcessorOptions } from './decider-processor.ts';
export { CommitUnknownError, ConcurrencyError, StoreUnavailableError } from './errors.ts';
export { createEventStore, type EventStore, type EventStoreOptions } from './event-store.ts';
export type { FollowAllOptions } from './follow.ts';
export { purgeInbox } from './inbox.ts';
export { createMicroBatch, type MicroBatch, type MicroBatchOptions } from './micro-batch.ts';
export { migrate, migrateEventStore, type MigrateOptions } from './migrate.ts';
export { createProcessor, type ProcessorHooks, type ProcessorOptions } from './processor.ts';
export {
  createProjection,
  ProjectionGapError,
  type Projection,
  type ProjectionOptions,
} from './projection.ts';
export { logStart, type UpTo } from './read-events.ts';
export { createRelay, type Relay, type RelayHooks, type RelayOptions } from './relay.ts';
export { readDepth, type OutboxDepth } from './outbox-table.ts';
export { createTimers, type DueTimer, type Timers, type TimersOptions } from './timers.ts';
export { relaxedCommit } from './relaxed-commit.ts';
export type { Upcaster, Upcasters } from './upcast.ts';
