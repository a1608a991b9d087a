/** Loads under way, each shared by all who ask for the same key, and what becomes known while they are. */
import { LateError, within } from '@ecommercestack/kit';
import type { KeptValues, Kept } from './kept-values.ts';
import type { Load, Loaded } from './loaded.ts';

export interface Flight<V> {
  readonly value: Promise<V>;
  /** May be newer than what the load brings. */
  learned?: V;
  /** What is older is not to be kept as fresh. */
  minVersion: number;
}

export interface FlightsOptions<V> {
  readonly load: Load<V>;
  readonly versionOf: (value: V) => number;
  readonly kept: KeptValues<V>;
  readonly now: () => number;
  /** A load failed, or was late, and an old value was given instead. */
  readonly onOutage: (error: unknown) => void;
  readonly onStale: () => void;
}

/** How long a reader who could be given an old value waits for a new one. */
const PATIENCE_MS = 1_000;

export function createFlights<V>(options: FlightsOptions<V>) {
  const { load, versionOf, kept, now, onOutage, onStale } = options;
  const flights = new Map<string, Flight<V>>();
  const newer = (a: V, b: V | undefined): V => (b !== undefined && versionOf(b) > versionOf(a) ? b : a);

  /** Keeps what came, unless something newer is known, and returns the newest. */
  const arrive = (key: string, loaded: Loaded<V> | undefined, start: number): V => {
    if (loaded === undefined) throw new Error(`the load left out ${key}`);
    const flight = flights.get(key);
    const value = newer(newer(loaded.value, flight?.learned), kept.get(key)?.value);
    const { minVersion = 0 } = flight ?? {};
    const isOutdated = versionOf(value) < minVersion;
    if (minVersion < Infinity) kept.keep(key, { ...loaded, value, ...(isOutdated && { freshMs: 0 }) }, start);
    return value;
  };

  const standIn = (key: string, old: Kept<V>, error: unknown): V => {
    onOutage(error);
    onStale();
    const value = newer(old.value, flights.get(key)?.learned);
    kept.keepOld(key, old, value);
    return value;
  };

  const fly = async (key: string, loading: ReturnType<Load<V>>, start: number): Promise<V> => {
    const old = kept.get(key);
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

  const loadAll = async (keys: readonly string[]) => load(keys);

  return {
    get: (key: string): Flight<V> | undefined => flights.get(key),
    depart(keys: readonly string[]): void {
      const start = now();
      const loading = loadAll(keys);
      for (const key of keys) flights.set(key, { value: fly(key, loading, start), minVersion: 0 });
    },
    learn(key: string, value: V): void {
      const flight = flights.get(key);
      if (flight !== undefined) flight.learned = newer(value, flight.learned);
    },
    outdate(key: string, version: number): void {
      const flight = flights.get(key);
      if (flight !== undefined) flight.minVersion = Math.max(version, flight.minVersion);
    },
    /** Keeps nothing of them. */
    purge(matches: (key: string) => boolean): void {
      for (const [key, flight] of flights) if (matches(key)) flight.minVersion = Infinity;
    },
  };
}
