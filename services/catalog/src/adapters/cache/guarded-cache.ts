/** Stands before the shared cache: while it cannot be reached, everything goes on as if there were none. */
import { within } from '@ecommercestack/kit';
import { createDebts } from './debts.ts';
import type { SharedCache, SharedValue, Taken } from './shared-cache.ts';

export interface GuardedCacheOptions {
  readonly cache: SharedCache;
  readonly now?: () => number;
  /** Told of every change. It begins as down. */
  readonly onState: (isUp: boolean, error?: unknown) => void;
}

export interface GuardedCache extends Pick<SharedCache, 'take' | 'write' | 'release' | 'purge' | 'publish'> {
  isUp(): boolean;
  /** Writes what has become true. What cannot be told now is told before anything is read from the cache again. */
  announce(values: ReadonlyMap<string, SharedValue>): Promise<void>;
  /** Undefined where nobody can be told. */
  startGeneration(): Promise<number | undefined>;
  /** The generation; undefined where the cache cannot be reached. For a timer: it ends an outage. */
  probe(): Promise<number | undefined>;
}

/** A read through the shared cache must not take longer than one of the store. */
const LIMIT_MS = 250;
/** Hundreds of values at once; nobody reads while they wait. */
const ANNOUNCE_LIMIT_MS = 2_000;
/** A probe keeps nobody waiting either. */
const PROBE_LIMIT_MS = 1_000;
const PURGE_LIMIT_MS = 60_000;

export function createGuardedCache(options: GuardedCacheOptions): GuardedCache {
  const { cache, onState } = options;
  const now = options.now ?? (() => performance.now());
  let up = false;
  const debts = createDebts(cache, now);

  const fail = (error: unknown) => {
    if (up) onState(false, error);
    up = false;
  };
  const attempt = async <T>(work: () => Promise<T>, otherwise: T, limitMs = LIMIT_MS): Promise<T> => {
    if (!up) return otherwise;
    try {
      return await within(limitMs, work());
    } catch (error) {
      fail(error);
      return otherwise;
    }
  };

  const unguarded = (keys: readonly string[]): ReadonlyMap<string, Taken> =>
    new Map(keys.map((key) => [key, { claimed: true }]));

  return {
    isUp: () => up,
    take: (keys, claimMs) => attempt(() => cache.take(keys, claimMs), unguarded(keys)),
    write: (values) => attempt(() => cache.write(values), new Map()),
    release: (keys) => attempt(() => cache.release(keys), undefined),
    purge: (pattern) => attempt(() => cache.purge(pattern), 0, PURGE_LIMIT_MS),
    publish: (change) => attempt(() => cache.publish(change), undefined),
    startGeneration: () => attempt(() => cache.startGeneration(), undefined),
    async announce(values) {
      const standing = await attempt<ReadonlyMap<string, SharedValue> | undefined>(
        () => cache.write(values),
        undefined,
        ANNOUNCE_LIMIT_MS,
      );
      if (standing === undefined) debts.owe(values);
    },
    async probe() {
      try {
        if (up) return await within(PROBE_LIMIT_MS, cache.generation());
        // What this replica did not tell, and what it did not hear, ends here.
        const generation = await within(PROBE_LIMIT_MS, cache.startGeneration());
        await debts.pay();
        up = true;
        onState(true);
        return generation;
      } catch (error) {
        fail(error);
        return undefined;
      }
    },
  };
}
