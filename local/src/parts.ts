/** The real servers that the platform runs beside its services: found, built or fetched once, started, stopped. */
import { findDaprd, findSentry } from './parts/dapr.ts';
import { prepareKafka } from './parts/kafka.ts';
import { findRedis } from './parts/redis.ts';

export { startChild } from './parts/child.ts';
export type { Child } from './parts/child.ts';
export { findDaprd, findSentry };
export { startKafka } from './parts/kafka.ts';
export type { Kafka, KafkaOptions } from './parts/kafka.ts';
export { MissingPartError } from './parts/missing.ts';
export { startRedis } from './parts/redis.ts';
export type { Redis, RedisOptions } from './parts/redis.ts';
export { startSentry } from './parts/sentry.ts';
export type { Sentry, SentryOptions } from './parts/sentry.ts';

/** Builds and fetches all that is not there yet, so that a test need not wait for it. Throws `MissingPartError`. */
export async function prepareParts(): Promise<void> {
  findRedis();
  await prepareKafka();
  await findDaprd();
  await findSentry();
}
