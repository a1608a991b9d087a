/** Opens the cache that replicas share, where the configuration names one. */
import { randomUUID } from 'node:crypto';
import { cacheChangesChannel } from '@ecommercestack/contracts';
import type { CacheChange } from '@ecommercestack/contracts';
import { createKeepAlive, createRepeated, createSequence } from '@ecommercestack/kit';
import type { Logger, Metrics } from '@ecommercestack/kit';
import type { SharedCachePlace } from '../config.ts';
import { declareSharedCacheUp } from '../metrics.ts';
import { createGuardedCache } from './cache/guarded-cache.ts';
import type { GuardedCache } from './cache/guarded-cache.ts';
import type { Opened } from './opened.ts';
import { subscribeToChanges } from './redis/changes.ts';
import { createRedis } from './redis/client.ts';
import { createRedisSharedCache } from './redis/shared-cache.ts';

export interface SharedCacheRuntime {
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly namespace: string;
}

export interface OpenedCache {
  readonly cache: GuardedCache;
  /** `listener` hears what every replica tells, and the generation, undefined while nobody can be heard. Before the start. */
  follow(listener: CacheListener): void;
}

export interface CacheListener {
  heard(change: CacheChange): void;
  adopt(generation: number | undefined): void;
}

/** Of the form of what is kept: versions of the service run side by side, and must not read what they cannot. */
const FORM = 1;
const PROBE_MS = 1_000;

/** The port is undefined where every replica caches alone. */
export function openSharedCache(
  place: SharedCachePlace,
  runtime: SharedCacheRuntime,
): Opened<OpenedCache | undefined> {
  switch (place.kind) {
    case 'none':
      return { port: undefined, readiness: [], lifecycle: {} };
    case 'redis':
      return openRedis(place.url, runtime);
  }
}

/** Neither the start nor anything after it waits for Redis. */
function openRedis(url: string, { logger, metrics, namespace }: SharedCacheRuntime): Opened<OpenedCache> {
  const up = declareSharedCacheUp(metrics);
  const channel = cacheChangesChannel(namespace);
  const redis = createRedis(url, 'catalog', logger);
  const listening = createRedis(url, 'catalog-changes', logger);
  const cache = createGuardedCache({
    cache: createRedisSharedCache({
      redis,
      holder: randomUUID(),
      prefix: `${namespace}:catalog:${FORM}:`,
      channel,
    }),
    onState: (isUp, error) => {
      up.set({}, isUp ? 1 : 0);
      if (isUp) logger.info('the shared cache can be reached');
      else logger.warn({ error }, 'the shared cache cannot be reached: this replica goes on without it');
    },
  });
  up.set({}, 0);
  const listeners = new Set<CacheListener>();
  const onChange = (change: CacheChange) => listeners.forEach((listener) => listener.heard(change));
  const probing = createRepeated({
    work: async () => {
      const generation = await cache.probe();
      for (const listener of listeners) listener.adopt(generation);
    },
    pauseMs: PROBE_MS,
    onError: (error) => logger.warn({ error }, 'the shared cache could not be probed'),
  });
  const connect = async (): Promise<void> => {
    await Promise.all([redis.connect(), listening.connect()]);
    await subscribeToChanges(listening, onChange, { logger, channel });
    await cache.probe();
  };
  const lifecycle = createSequence([
    {
      start: () => {
        connect().catch((error: unknown) => logger.warn({ error }, 'Redis was never connected to'));
      },
      stop: () => {
        redis.destroy();
        listening.destroy();
      },
    },
    probing,
    ...[redis, listening].map((connection) => createKeepAlive({ connection, logger })),
  ]);
  const check = async () => (cache.isUp() ? undefined : 'the shared cache cannot be reached');
  return {
    port: { cache, follow: (listener) => void listeners.add(listener) },
    readiness: [{ name: 'shared-cache', check }],
    lifecycle,
  };
}
