/** The shared cache on Redis. */
import type { SharedCache, SharedValue, Taken } from '../cache/shared-cache.ts';
import type { Redis } from './client.ts';
import type { EntryKeys } from './scripts.ts';

export interface RedisCacheOptions {
  readonly redis: Redis;
  /** Names this replica as the holder of its claims. */
  readonly holder: string;
  /** Before every key. A change of the form of what is kept needs another one. */
  readonly prefix: string;
  readonly channel: string;
}

/** Keys that one step of a purge looks at. */
const SCAN_COUNT = 1_000;

/** Commands that are given at once travel together; each is about one entry, as a cluster wants it. */
export function createRedisSharedCache(options: RedisCacheOptions): SharedCache {
  const { redis, holder, prefix, channel } = options;
  const generationKey = `${prefix}generation`;
  const keysOf = (key: string): EntryKeys => {
    const entry = `${prefix}{${key}}`;
    return { entry, claim: `${entry}:claim` };
  };

  return {
    async take(keys, claimMs) {
      const answers = keys.map(async (key): Promise<[string, Taken]> => [
        key,
        await redis.take(keysOf(key), holder, claimMs),
      ]);
      return new Map(await Promise.all(answers));
    },
    async write(values) {
      const newer = new Map<string, SharedValue>();
      await Promise.all(
        [...values].map(async ([key, value]) => {
          const standing = await redis.writeNewer(keysOf(key), value, holder);
          if (standing !== undefined) newer.set(key, standing);
        }),
      );
      return newer;
    },
    async release(keys) {
      await Promise.all(keys.map((key) => redis.release(keysOf(key), holder)));
    },
    generation: async () => Number((await redis.get(generationKey)) ?? 0),
    startGeneration: () => redis.incr(generationKey),
    async purge(pattern) {
      let gone = 0;
      const found = redis.scanIterator({ MATCH: `${prefix}{${pattern}}`, COUNT: SCAN_COUNT });
      for await (const keys of found) if (keys.length > 0) gone += await redis.unlink(keys);
      return gone;
    },
    async publish(change) {
      await redis.publish(channel, JSON.stringify(change));
    },
  };
}
