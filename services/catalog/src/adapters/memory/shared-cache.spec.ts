import type { CacheChange } from '@ecommercestack/contracts';
import { sharedCacheContract } from '../contract/shared-cache.contract.ts';
import { createMemoryCacheWorld, createMemorySharedCache } from './shared-cache.ts';

sharedCacheContract('memory', async () => {
  const clock = { ms: 0 };
  const world = createMemoryCacheWorld(() => clock.ms);
  const heard: CacheChange[] = [];
  world.listeners.add((change) => heard.push(change));
  return {
    one: createMemorySharedCache(world, 'one'),
    two: createMemorySharedCache(world, 'two'),
    heard,
    elapse: async (ms) => void (clock.ms += ms),
    close: async () => undefined,
  };
});
