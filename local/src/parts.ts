/** The real servers that the platform runs beside its services: found, built or fetched once, started, stopped. */
export { findDaprd, findSentry } from './parts/dapr.ts';
export { startKafka } from './parts/kafka.ts';
export type { Kafka, KafkaOptions } from './parts/kafka.ts';
export { MissingPartError } from './parts/missing.ts';
export { startRedis } from './parts/redis.ts';
export type { Redis, RedisOptions } from './parts/redis.ts';
export { startSentry } from './parts/sentry.ts';
export type { Sentry, SentryOptions } from './parts/sentry.ts';
