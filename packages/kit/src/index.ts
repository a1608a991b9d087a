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
export type { Bus, BusOptions, OnDeadLetter } from './bus.ts';
export { createLocalInvoker } from './invoker.ts';
export type { LocalInvokerOptions } from './invoker.ts';
export { createClient, defineMethods, inputProblems, invalidRequest } from './method-table.ts';
export type { Client, Contract, Handlers, InputProblem, MethodContract } from './method-table.ts';
