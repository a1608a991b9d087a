import { setTimeout as pause } from 'node:timers/promises';
import type { CacheChange } from '@ecommercestack/contracts';
import { memoryLogger } from '@ecommercestack/kit/testing';
import { sharedCacheContract } from '../contract/shared-cache.contract.ts';
import { subscribeToChanges } from './changes.ts';
import { createRedisSharedCache } from './shared-cache.ts';
import { connect, uniqueNames } from './spec-support.ts';

const url = process.env['REDIS_URL'] ?? '';

sharedCacheContract('Redis', async () => {
  const names = uniqueNames();
  const [one, two, listening] = await Promise.all([connect(url), connect(url), connect(url)]);
  const heard: CacheChange[] = [];
  const logger = memoryLogger('catalog');
  const { channel } = names;
  await subscribeToChanges(listening, (change) => heard.push(change), { logger, channel });
  return {
    one: createRedisSharedCache({ redis: one, holder: 'one', ...names }),
    two: createRedisSharedCache({ redis: two, holder: 'two', ...names }),
    heard,
    elapse: (ms) => pause(ms),
    close: async () => {
      await createRedisSharedCache({ redis: one, holder: 'one', ...names }).purge('*');
      for (const redis of [one, two, listening]) await redis.close();
    },
  };
});
