/** The real servers that the platform runs beside its services: found, built or fetched once, started, stopped. */
import { findDaprd, findDaprOperator, findSentry } from './parts/dapr.ts';
import { prepareKafka } from './parts/kafka.ts';
import { findRedis } from './parts/redis.ts';

export { makeOnce } from './parts/cache.ts';
export { startChild } from './parts/child.ts';
export type { Child } from './parts/child.ts';
export { findDaprd, findDaprOperator, findSentry };
export { prepareElasticsearch, startElasticsearch } from './parts/elasticsearch.ts';
export type { Elasticsearch, ElasticsearchOptions } from './parts/elasticsearch.ts';
export { partsEnvironment } from './parts/environment.ts';
export { startKafka } from './parts/kafka.ts';
export type { Kafka, KafkaOptions } from './parts/kafka.ts';
export { MissingPartError } from './parts/missing.ts';
export { startMongodb } from './parts/mongodb.ts';
export type { Mongodb, MongodbOptions } from './parts/mongodb.ts';
export { nameResolution } from './parts/name-resolution.ts';
export { findProgram, runToEnd } from './parts/programs.ts';
export { freePort } from './ports.ts';
export { startRedis } from './parts/redis.ts';
export type { Redis, RedisOptions } from './parts/redis.ts';
export { startSentry } from './parts/sentry.ts';
export type { Sentry, SentryOptions } from './parts/sentry.ts';

/**
 * Builds and fetches all that is not there yet, so that nothing has to wait for it in the middle of a start or a test.
 * Throws `MissingPartError`.
 */
export async function prepareParts({ kafka = true } = {}): Promise<void> {
  findRedis();
  if (kafka) await prepareKafka();
  await findDaprd();
  await findSentry();
}
