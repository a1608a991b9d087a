/** A bounded cache of versioned values that loads what it lacks, once however many ask for it. */
import type { CacheResult } from '../../metrics.ts';
import { createFlights } from './flights.ts';
import { createKeptValues } from './kept-values.ts';
import type { Load } from './loaded.ts';

export interface ReadThroughOptions<V> {
  readonly load: Load<V>;
  /** Grows with every change of a key; 0 where there is nothing. */
  readonly versionOf: (value: V) => number;
  readonly maxEntries: number;
  /** Counted from the start of the load, and shortened by up to a fifth. What is loaded may say less. */
  readonly ttlMs: number;
  /** Monotonic milliseconds. */
  readonly now?: () => number;
  readonly random?: () => number;
  readonly onRequest?: (result: CacheResult) => void;
  /** A load failed, or was late, and old values were given instead. */
  readonly onOutage?: (error: unknown) => void;
}

export interface ReadThrough<V> {
  get(key: string): Promise<V>;
  /** A value for every key; those that are missing come from one load. */
  getMany(keys: readonly string[]): Promise<ReadonlyMap<string, V>>;
  /** Takes note of a value that was announced. An older one than is known never replaces it. */
  learn(key: string, value: V): void;
  /** What is older than this version is not fresh any more. */
  outdate(key: string, version: number): void;
  /** Forgets what matches, and keeps nothing of it that is being loaded now. Returns how many were kept. */
  purge(matches: (key: string) => boolean): number;
}

export function createReadThrough<V extends object>(options: ReadThroughOptions<V>): ReadThrough<V> {
  const { load, versionOf, maxEntries, ttlMs } = options;
  const { random = Math.random, onRequest = () => undefined, onOutage = () => undefined } = options;
  const now = options.now ?? (() => performance.now());
  const kept = createKeptValues<V>({ maxEntries, ttlMs, now, random });
  const onStale = () => onRequest('stale');
  const flights = createFlights<V>({ load, versionOf, kept, now, onOutage, onStale });

  const resultOf = (value: V | undefined, isMissing: boolean): CacheResult => {
    if (value === undefined) return isMissing ? 'miss' : 'shared';
    return versionOf(value) === 0 ? 'negative_hit' : 'hit';
  };

  const getMany = async (keys: readonly string[]): Promise<ReadonlyMap<string, V>> => {
    const found = new Map<string, V>();
    const missing = new Set<string>();
    for (const key of keys) {
      const entry = kept.get(key);
      if (entry !== undefined && kept.isFresh(entry)) found.set(key, entry.value);
      else if (flights.get(key) === undefined) missing.add(key);
      onRequest(resultOf(found.get(key), missing.has(key)));
    }
    if (missing.size > 0) flights.depart([...missing]);
    const awaited = keys.filter((key) => !found.has(key)).map((key) => ({ key, flight: flights.get(key) }));
    await Promise.all(
      awaited.map(async ({ key, flight }) => {
        if (flight === undefined) throw new Error(`nobody loads ${key}`);
        found.set(key, await flight.value);
      }),
    );
    return found;
  };

  return {
    getMany,
    async get(key) {
      const value = (await getMany([key])).get(key);
      if (value === undefined) throw new Error(`no answer for ${key}`);
      return value;
    },
    learn(key, value) {
      flights.learn(key, value);
      const entry = kept.get(key);
      if (entry !== undefined && versionOf(entry.value) < versionOf(value)) kept.replace(key, entry, value);
    },
    outdate(key, version) {
      flights.outdate(key, version);
      const entry = kept.get(key);
      if (entry !== undefined && versionOf(entry.value) < version) kept.outdate(key, entry);
    },
    purge(matches) {
      flights.purge(matches);
      return kept.purge(matches);
    },
  };
}
