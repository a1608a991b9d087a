/** A bounded cache of versioned values that loads what it lacks, once however many ask for it. */
import { LRUCache } from 'lru-cache';
import type { CacheResult } from '../../metrics.ts';

export interface ReadThroughOptions<V> {
  /** A value for each key that there is something to say about. */
  readonly load: (keys: readonly string[]) => Promise<ReadonlyMap<string, V>>;
  /** What stands for a key that `load` left out. Cached like any other. */
  readonly nothing: V;
  /** Grows with every change of a key; 0 for `nothing`. */
  readonly versionOf: (value: V) => number;
  readonly maxEntries: number;
  /** Counted from the start of the load. Spread by ±20 %, so that entries do not expire together. */
  readonly ttlMs: number;
  /** Monotonic milliseconds. */
  readonly now?: () => number;
  readonly random?: () => number;
  readonly onRequest?: (result: CacheResult) => void;
}

export interface ReadThrough<V> {
  get(key: string): Promise<V>;
  /** A value for every key; those that are missing come from one load. */
  getMany(keys: readonly string[]): Promise<ReadonlyMap<string, V>>;
  /** Takes note of a value that was announced. An older one than is known never replaces it. */
  learn(key: string, value: V): void;
}

/** A load under way. What is learned meanwhile may be newer than what it brings. */
interface Flight<V> {
  readonly value: Promise<V>;
  learned?: V;
}

export function createReadThrough<V extends object>(options: ReadThroughOptions<V>): ReadThrough<V> {
  const { load, nothing, versionOf, maxEntries, ttlMs } = options;
  const { random = Math.random, onRequest = () => undefined } = options;
  const now = options.now ?? (() => performance.now());
  const entries = new LRUCache<string, V>({ max: maxEntries, ttl: ttlMs, ttlResolution: 0, perf: { now } });
  const flights = new Map<string, Flight<V>>();

  const keep = (key: string, value: V, start: number) =>
    entries.set(key, value, { ttl: ttlMs * (0.8 + 0.4 * random()), start });

  const newer = (a: V, b: V | undefined): V => (b !== undefined && versionOf(b) > versionOf(a) ? b : a);

  const loadAll = async (keys: readonly string[]) => load(keys);

  const depart = (keys: readonly string[]): void => {
    const start = now();
    const loading = loadAll(keys);
    for (const key of keys) {
      const arrive = async (): Promise<V> => {
        try {
          const loaded = (await loading).get(key) ?? nothing;
          const value = newer(loaded, flights.get(key)?.learned);
          keep(key, value, start);
          return value;
        } finally {
          flights.delete(key);
        }
      };
      flights.set(key, { value: arrive() });
    }
  };

  const getMany = async (keys: readonly string[]): Promise<ReadonlyMap<string, V>> => {
    const found = new Map<string, V>();
    const absent = new Set<string>();
    for (const key of keys) {
      const entry = entries.get(key);
      if (entry !== undefined) found.set(key, entry);
      else if (!flights.has(key)) absent.add(key);
      onRequest(resultOf(entry, absent.has(key)));
    }
    if (absent.size > 0) depart([...absent]);
    const awaited = keys.filter((key) => !found.has(key));
    const values = await Promise.all(awaited.map(async (key) => flights.get(key)?.value));
    awaited.forEach((key, index) => found.set(key, values[index] ?? nothing));
    return found;
  };

  const resultOf = (entry: V | undefined, isAbsent: boolean): CacheResult => {
    if (entry === undefined) return isAbsent ? 'miss' : 'shared';
    return versionOf(entry) === 0 ? 'negative_hit' : 'hit';
  };

  return {
    getMany,
    get: async (key) => (await getMany([key])).get(key) ?? nothing,
    learn(key, value) {
      const flight = flights.get(key);
      if (flight !== undefined) flight.learned = newer(value, flight.learned);
      const entry = entries.get(key);
      if (entry !== undefined && versionOf(entry) < versionOf(value)) keep(key, value, now());
    },
  };
}
