/** The shell of a process: configuration, logs, metrics, traces, HTTP, messages and calls. */
export * from './ports.ts';
export { systemClock } from './clock.ts';
export {
  ConfigError,
  durationMs,
  flag,
  parseConfig,
  portNumber,
  postgresUrl,
  Secret,
  secret,
  wholeNumber,
} from './config.ts';
export type { Environment } from './config.ts';
export { createLogger } from './logger.ts';
export type { LineSink, Logger, LoggerOptions } from './logger.ts';
export { isCardNumber } from './redact.ts';
export { createMetricsRegistry, LATENCY_BUCKETS, renderMetrics } from './metrics.ts';
export type { Counter, Gauge, Histogram, LabelSets, MetricsRegistry } from './metrics.ts';
export { createMetrics } from './kit-metrics.ts';
export type { KitMetrics, Metrics } from './kit-metrics.ts';
export { registerProcessMetrics } from './process-metrics.ts';
export { currentTraceparent, parseTraceparent, withRemoteParent } from './telemetry.ts';
export { sendProblem } from './http/problems.ts';
export type { Problem } from './http/problems.ts';
export { createBus } from './bus.ts';
export type { Bus, BusOptions } from './bus.ts';
export type { OnDeadLetter } from './consumer.ts';
export { createLocalInvoker } from './invoker.ts';
export type { LocalInvokerOptions } from './invoker.ts';
export { createClient, defineMethods, inputProblems, invalidRequest } from './method-table.ts';
export type { Client, Contract, Handlers, InputProblem, MethodContract } from './method-table.ts';
export { checkPool, createPool, poolConfig } from './postgres.ts';
export type { PoolConfig, PoolDependencies } from './postgres.ts';
export { createHttpApp } from './http/app.ts';
export type { HttpAppOptions } from './http/app.ts';
export type { ProblemOf } from './http/errors.ts';
export { createErrorHandler } from './http/errors.ts';
export { measureRequests } from './http/measure.ts';
export { assignRequestId, requestIdOf } from './http/request-id.ts';
export { answerUnmatched } from './http/unmatched.ts';
export { lastEventId, sendEvents } from './http/sse.ts';
export type { SendEventsOptions } from './http/sse.ts';
export { listen } from './http/listen.ts';
export type { ListenOptions, RunningServer } from './http/listen.ts';
export { createAdminHandler } from './http/admin.ts';
export type { AdminOptions } from './http/admin.ts';
export { createSettings, watchSettings } from './settings.ts';
export { watchFolder } from './watch-folder.ts';
export type { Settings, WatchedSettings, WatchSettingsOptions } from './settings.ts';
export { flushTelemetry, runProcess } from './lifecycle.ts';
export type { ProcessOptions } from './lifecycle.ts';
export { deadLettersOf, hostInProcess, readinessOf, subscriptionsOf } from './host.ts';
export type { Host, HostOptions } from './host.ts';
export { backoffMs, sleep } from './backoff.ts';
export type { Backoff } from './backoff.ts';
export { withDeadLetters } from './dead-letters/with-dead-letters.ts';
export type { DeadLetterContracts, DeadLetterDependencies } from './dead-letters/with-dead-letters.ts';
export { createRepeated } from './repeat.ts';
export type { Repeated } from './repeat.ts';
export { createKeepAlive } from './keep-alive.ts';
export type { KeptConnection } from './keep-alive.ts';
export { createSequence, whileRunning } from './sequence.ts';
export type { Part, Sequence } from './sequence.ts';
export { migrateTables, openStorage, storageConfig } from './storage.ts';
export type { ServiceStorage, StorageConfig, StorageOptions, Tables } from './storage.ts';
export { createSingleFlight } from './single-flight.ts';
export { decodeCursor, encodeCursor, toPage } from './page.ts';
export type { Place } from './page.ts';
export { createBucketStore, take } from './token-bucket.ts';
export type { BucketLimits, BucketState, Take } from './token-bucket.ts';
export { LateError, within } from './within.ts';
export { readIfThere } from './read-if-there.ts';
