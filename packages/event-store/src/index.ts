/** Event store, inbox, outbox, timers, projections and micro-batched processors on PostgreSQL. */
export type * from './types.ts';
export type { DeadLetter, DeadLetterFilter, DeadMessage } from './dead-letter.ts';
export type { ActionFilter, DeadLetterAction, NewAction } from './dead-letter-actions.ts';
export {
  deadLetterJobs,
  type DeadLetterJobs,
  type ReplayJob,
  type ReplayLimits,
  type ReplayProgress,
} from './dead-letter-jobs.ts';
export {
  deadLetters,
  type DeadLetterChange,
  type DeadLetterGroup,
  type DeadLetterPlace,
  type DeadLetters,
} from './dead-letters.ts';
export { createDeciderProcessor, type DeciderProcessorOptions } from './decider-processor.ts';
export { CommitUnknownError, ConcurrencyError, StoreUnavailableError } from './errors.ts';
export { createEventStore, type EventStore, type EventStoreOptions } from './event-store.ts';
export type { FollowAllOptions } from './follow.ts';
export { purgeInbox } from './inbox.ts';
export {
  createMicroBatch,
  unhurried,
  type MicroBatch,
  type MicroBatchOptions,
  type Rest,
} from './micro-batch.ts';
export { migrate, migrateEventStore, type MigrateOptions } from './migrate.ts';
export type { ProcessorMemory } from './processor-memory.ts';
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
export { createBackground, type Background } from './background.ts';
export { activeTraceparent } from './tracing.ts';
export { createRecentMap, type RecentMap } from './recent-map.ts';
export { relaxedCommit } from './relaxed-commit.ts';
export type { Upcaster, Upcasters } from './upcast.ts';
export { together } from './run-transaction.ts';
