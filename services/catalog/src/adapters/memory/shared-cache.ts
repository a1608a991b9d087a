/** What Redis does for the shared cache, in memory: one `world` is what all replicas share. */
import { patternMatcher } from '@ecommercestack/contracts';
import type { CacheChange } from '@ecommercestack/contracts';
import type { SharedCache, SharedValue } from '../cache/shared-cache.ts';

interface Entry {
  readonly value: SharedValue;
  readonly writtenAt: number;
}

export interface MemoryCacheWorld {
  readonly entries: Map<string, Entry>;
  readonly claims: Map<string, { readonly holder: string; readonly until: number }>;
  readonly listeners: Set<(change: CacheChange) => void>;
  generation: number;
  /** Milliseconds. */
  readonly now: () => number;
}

export function createMemoryCacheWorld(now: () => number): MemoryCacheWorld {
  return { entries: new Map(), claims: new Map(), listeners: new Set(), generation: 0, now };
}

export function createMemorySharedCache(world: MemoryCacheWorld, holder: string): SharedCache {
  const { entries, claims, now } = world;
  const heldOf = (key: string): SharedValue | undefined => {
    const entry = entries.get(key);
    if (entry === undefined) return undefined;
    const age = now() - entry.writtenAt;
    const { freshMs, usableMs } = entry.value;
    return usableMs > age ? { ...entry.value, freshMs: freshMs - age, usableMs: usableMs - age } : undefined;
  };
  const unclaim = (key: string) => {
    if (claims.get(key)?.holder === holder) claims.delete(key);
  };
  const claim = (key: string, claimMs: number): boolean => {
    if ((claims.get(key)?.until ?? 0) > now()) return false;
    claims.set(key, { holder, until: now() + claimMs });
    return true;
  };
  const put = (key: string, value: SharedValue): SharedValue | undefined => {
    unclaim(key);
    const held = heldOf(key);
    if (held !== undefined && held.version > value.version) return held;
    const isFresher = held === undefined || held.version < value.version || held.freshMs < value.freshMs;
    if (isFresher) entries.set(key, { value, writtenAt: now() });
    return undefined;
  };

  return {
    take: async (keys, claimMs) =>
      new Map(
        keys.map((key) => {
          const held = heldOf(key);
          const claimed = !(held !== undefined && held.freshMs > 0) && claim(key, claimMs);
          return [key, { claimed, ...(held !== undefined && { held }) }];
        }),
      ),
    write: async (values) =>
      new Map(
        [...values].flatMap(([key, value]) => {
          const standing = put(key, value);
          return standing === undefined ? [] : [[key, standing] as const];
        }),
      ),
    release: async (keys) => keys.forEach(unclaim),
    generation: async () => world.generation,
    startGeneration: async () => (world.generation += 1),
    purge: async (pattern) => {
      const gone = [...entries.keys()].filter(patternMatcher(pattern));
      const held = gone.filter((key) => heldOf(key) !== undefined).length;
      for (const key of gone) entries.delete(key);
      return held;
    },
    publish: async (change) => world.listeners.forEach((listener) => listener(change)),
  };
}
