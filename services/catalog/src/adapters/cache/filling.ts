/** Asks the store for what the shared cache lacks, and shares the answer. */
import { within } from '@ecommercestack/kit';
import type { CacheResult } from '../../metrics.ts';
import type { GuardedCache } from './guarded-cache.ts';
import { jittered, lifetimeOf } from './loaded.ts';
import type { Lifetimes, Loaded } from './loaded.ts';
import type { SharedValue } from './shared-cache.ts';

export interface FillingOptions<V> {
  readonly cache: Pick<GuardedCache, 'write' | 'release' | 'announce'>;
  readonly nameOf: (key: string) => string;
  readonly load: (keys: readonly string[]) => Promise<ReadonlyMap<string, V>>;
  readonly versionOf: (value: V) => number;
  readonly lifetimes: Lifetimes;
  readonly now: () => number;
  readonly random: () => number;
  readonly onRequest: (result: CacheResult) => void;
  readonly onOutage: (error: unknown) => void;
}

/** How long who could be given an old value waits for a new one, and how long that is then given at once. */
const PATIENCE_MS = 1_000;
const RETRY_MS = 1_000;

export function createFilling<V>(options: FillingOptions<V>) {
  const { cache, nameOf, load, versionOf, lifetimes, now, random, onRequest, onOutage } = options;

  const shared = (value: V, { loadMs, ageMs }: { loadMs: number; ageMs: number }): SharedValue => {
    const version = versionOf(value);
    const { freshMs, usableMs } = lifetimeOf(version, lifetimes);
    const text = JSON.stringify(value);
    return { text, version, freshMs: jittered(freshMs, random) - ageMs, usableMs: usableMs - ageMs, loadMs };
  };
  const sharedValues = (values: ReadonlyMap<string, V>, times: { loadMs: number; ageMs: number }) =>
    new Map([...values].map(([key, value]) => [nameOf(key), shared(value, times)]));

  /** Asks the store, and shares the answer. What was written meanwhile by others may be newer: it is taken then. */
  const fill = async (keys: readonly string[]): Promise<Map<string, Loaded<V>>> => {
    const start = now();
    try {
      const values = await load(keys);
      const elapsed = now() - start;
      const standing = await cache.write(sharedValues(values, { loadMs: elapsed, ageMs: elapsed }));
      return new Map(
        [...values].map(([key, value]) => {
          const newer = standing.get(nameOf(key));
          return [key, newer === undefined ? loadedOf(value) : unpack<V>(newer)];
        }),
      );
    } catch (error) {
      await cache.release(keys.map(nameOf));
      throw error;
    }
  };
  const loadedOf = (value: V): Loaded<V> => ({ value, ...lifetimeOf(versionOf(value), lifetimes) });

  /** With an old value of every key at hand, a store that fails or hangs costs a moment and no answer. */
  const fillOr = async (old: ReadonlyMap<string, SharedValue>, keys: readonly string[]) => {
    const held = keys.map((key) => [key, old.get(key)] as const).filter(isHeld);
    if (held.length < keys.length) return fill(keys);
    try {
      return await within(PATIENCE_MS, fill(keys));
    } catch (error) {
      onOutage(error);
      for (const _ of keys) onRequest('stale');
      return new Map(held.map(([key, value]) => [key, { ...unpack<V>(value), freshMs: RETRY_MS }]));
    }
  };

  /** Values that became true without a load of ours. */
  const announce = (values: ReadonlyMap<string, V>) =>
    cache.announce(sharedValues(values, { loadMs: 0, ageMs: 0 }));

  return { fill, fillOr, announce };
}

function isHeld(entry: readonly [string, SharedValue | undefined]): entry is readonly [string, SharedValue] {
  return entry[1] !== undefined;
}

export function unpack<V>({ text, freshMs, usableMs }: SharedValue): Loaded<V> {
  return { value: JSON.parse(text) as V, freshMs, usableMs };
}
