/** Values in memory, each with the time until which it is fresh and the time until which it may stand in for the store. */
import { LRUCache } from 'lru-cache';
import { jittered } from './loaded.ts';
import type { Loaded } from './loaded.ts';

export interface Kept<V> {
  readonly value: V;
  readonly freshUntil: number;
  readonly usableUntil: number;
}

export interface KeptValuesOptions {
  readonly maxEntries: number;
  readonly ttlMs: number;
  readonly now: () => number;
  readonly random: () => number;
}

/** After a failure of the store, old values are given at once for so long. */
const RETRY_MS = 1_000;

export type KeptValues<V> = ReturnType<typeof createKeptValues<V>>;

export function createKeptValues<V>({ maxEntries, ttlMs, now, random }: KeptValuesOptions) {
  const perf = { now };
  const entries = new LRUCache<string, Kept<V>>({ max: maxEntries, ttl: ttlMs, ttlResolution: 0, perf });
  const set = (key: string, kept: Kept<V>): void => {
    entries.set(key, kept, { ttl: kept.usableUntil - now() });
  };
  return {
    get: (key: string): Kept<V> | undefined => entries.get(key),
    isFresh: ({ freshUntil }: Kept<V>): boolean => freshUntil > now(),
    /** Lifetimes count from `start`. */
    keep(key: string, { value, freshMs, usableMs }: Loaded<V>, start: number): void {
      const freshUntil = start + Math.min(freshMs, jittered(ttlMs, random));
      set(key, { value, freshUntil, usableUntil: Math.max(freshUntil, start + usableMs) });
    },
    /** In place of an old value, for no longer than that: what is announced may be late itself. */
    replace(key: string, old: Kept<V>, value: V): void {
      set(key, { ...old, value });
    },
    /** While the store is away. */
    keepOld(key: string, { usableUntil }: Kept<V>, value: V): void {
      set(key, { value, usableUntil, freshUntil: Math.min(now() + RETRY_MS, usableUntil) });
    },
    outdate(key: string, old: Kept<V>): void {
      set(key, { ...old, freshUntil: now() });
    },
    /** Returns how many are gone. */
    purge(matches: (key: string) => boolean): number {
      const gone = [...entries.keys()].filter(matches);
      for (const key of gone) entries.delete(key);
      return gone.length;
    },
  };
}
