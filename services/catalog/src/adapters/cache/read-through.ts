/** A bounded cache of versioned values that loads what it lacks, once however many ask for it. */
import { LRUCache } from 'lru-cache';
import type { CacheResult } from '../../metrics.ts';
import { jittered } from './loaded.ts';
import type { Load, Loaded } from './loaded.ts';
import { LateError, within } from './within.ts';

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
  /** Forgets what matches, and keeps nothing of it that is being loaded now. */
  purge(matches: (key: string) => boolean): number;
}

interface Kept<V> {
  readonly value: V;
  readonly freshUntil: number;
  readonly usableUntil: number;
}

/** A load under way. What is learned meanwhile may be newer than what it brings. */
interface Flight<V> {
  readonly value: Promise<V>;
  learned?: V;
  /** What is older is not to be kept as fresh. */
  minVersion: number;
}

/** How long a reader who could be given an old value waits for a new one. */
const PATIENCE_MS = 1_000;
/** After a failure, old values are given at once for so long. */
const RETRY_MS = 1_000;

export function createReadThrough<V extends object>(options: ReadThroughOptions<V>): ReadThrough<V> {
  const { load, versionOf, maxEntries, ttlMs } = options;
  const { random = Math.random, onRequest = () => undefined, onOutage = () => undefined } = options;
  const now = options.now ?? (() => performance.now());
  const entries = new LRUCache<string, Kept<V>>({
    max: maxEntries,
    ttl: ttlMs,
    ttlResolution: 0,
    perf: { now },
  });
  const flights = new Map<string, Flight<V>>();

  const keep = (key: string, kept: Kept<V>) => entries.set(key, kept, { ttl: kept.usableUntil - now() });
  const keepLoaded = (key: string, { value, freshMs, usableMs }: Loaded<V>, start: number) => {
    const freshUntil = start + Math.min(freshMs, jittered(ttlMs, random));
    keep(key, { value, freshUntil, usableUntil: Math.max(freshUntil, start + usableMs) });
  };
  const isFresh = ({ freshUntil }: Kept<V>) => freshUntil > now();
  const newer = (a: V, b: V | undefined): V => (b !== undefined && versionOf(b) > versionOf(a) ? b : a);

  /** Keeps what came, unless something newer is known, and returns the newest. */
  const arrive = (key: string, loaded: Loaded<V> | undefined, start: number): V => {
    if (loaded === undefined) throw new Error(`the load left out ${key}`);
    const flight = flights.get(key);
    const value = newer(newer(loaded.value, flight?.learned), entries.get(key)?.value);
    const { minVersion = 0 } = flight ?? {};
    const isOutdated = versionOf(value) < minVersion;
    if (minVersion < Infinity)
      keepLoaded(key, { ...loaded, value, ...(isOutdated && { freshMs: 0 }) }, start);
    return value;
  };

  const standIn = (key: string, old: Kept<V>, error: unknown): V => {
    onOutage(error);
    onRequest('stale');
    const { usableUntil } = old;
    const value = newer(old.value, flights.get(key)?.learned);
    keep(key, { value, usableUntil, freshUntil: Math.min(now() + RETRY_MS, usableUntil) });
    return value;
  };

  const fly = async (key: string, loading: ReturnType<Load<V>>, start: number): Promise<V> => {
    const old = entries.get(key);
    try {
      const loaded = await (old === undefined ? loading : within(PATIENCE_MS, loading));
      return arrive(key, loaded.get(key), start);
    } catch (error) {
      if (old === undefined) throw error;
      // One that is only late still brings a new value for those who come after it.
      if (error instanceof LateError) loading.then((loaded) => arrive(key, loaded.get(key), start), onOutage);
      return standIn(key, old, error);
    } finally {
      flights.delete(key);
    }
  };

  const depart = (keys: readonly string[]): void => {
    const start = now();
    const loading = loadAll(keys);
    for (const key of keys) flights.set(key, { value: fly(key, loading, start), minVersion: 0 });
  };
  const loadAll = async (keys: readonly string[]) => load(keys);

  const getMany = async (keys: readonly string[]): Promise<ReadonlyMap<string, V>> => {
    const found = new Map<string, V>();
    const missing = new Set<string>();
    for (const key of keys) {
      const kept = entries.get(key);
      if (kept !== undefined && isFresh(kept)) found.set(key, kept.value);
      else if (!flights.has(key)) missing.add(key);
      onRequest(resultOf(found.get(key), missing.has(key)));
    }
    if (missing.size > 0) depart([...missing]);
    const awaited = keys.filter((key) => !found.has(key)).map((key) => ({ key, flight: flights.get(key) }));
    await Promise.all(
      awaited.map(async ({ key, flight }) => {
        if (flight === undefined) throw new Error(`nobody loads ${key}`);
        found.set(key, await flight.value);
      }),
    );
    return found;
  };

  const resultOf = (value: V | undefined, isMissing: boolean): CacheResult => {
    if (value === undefined) return isMissing ? 'miss' : 'shared';
    return versionOf(value) === 0 ? 'negative_hit' : 'hit';
  };

  return {
    getMany,
    async get(key) {
      const value = (await getMany([key])).get(key);
      if (value === undefined) throw new Error(`no answer for ${key}`);
      return value;
    },
    learn(key, value) {
      const flight = flights.get(key);
      if (flight !== undefined) flight.learned = newer(value, flight.learned);
      const kept = entries.get(key);
      if (kept === undefined || versionOf(kept.value) >= versionOf(value)) return;
      // Not for longer than what it replaces: an announcement may be late, and a yet newer value be in the store.
      keep(key, { ...kept, value });
    },
    outdate(key, version) {
      const flight = flights.get(key);
      if (flight !== undefined) flight.minVersion = Math.max(version, flight.minVersion);
      const kept = entries.get(key);
      if (kept !== undefined && versionOf(kept.value) < version) keep(key, { ...kept, freshUntil: now() });
    },
    purge(matches) {
      for (const [key, flight] of flights) if (matches(key)) flight.minVersion = Infinity;
      const gone = [...entries.keys()].filter(matches);
      for (const key of gone) entries.delete(key);
      return gone.length;
    },
  };
}
