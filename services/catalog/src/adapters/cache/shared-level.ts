/** Loads through the cache that all replicas share: one of them asks the store, the others get its answer. */
import type { GuardedCache } from './guarded-cache.ts';
import { createFilling, unpack } from './filling.ts';
import type { Lifetimes, Load, Loaded } from './loaded.ts';
import type { SharedValue } from './shared-cache.ts';
import type { CacheResult } from '../../metrics.ts';

export interface SharedLevelOptions<V> {
  readonly cache: Pick<GuardedCache, 'take' | 'write' | 'release' | 'announce'>;
  /** The key by which replicas share it. */
  readonly nameOf: (key: string) => string;
  /** Of the store: a value for every key. */
  readonly load: (keys: readonly string[]) => Promise<ReadonlyMap<string, V>>;
  readonly versionOf: (value: V) => number;
  readonly lifetimes: Lifetimes;
  readonly now?: () => number;
  readonly random?: () => number;
  readonly wait?: (ms: number) => Promise<unknown>;
  readonly onRequest?: (result: CacheResult) => void;
  readonly onOutage?: (error: unknown) => void;
}

export interface SharedLevel<V> {
  readonly load: Load<V>;
  /** Values that were announced: they are written whether or not anybody has asked for them. */
  learn(values: ReadonlyMap<string, V>): Promise<void>;
}

/** As long as a load may take before another replica tries it. */
const CLAIM_MS = 2_000;
/** Between two looks for what another replica is loading. */
const LOOK_MS = 15;

export function createSharedLevel<V>(options: SharedLevelOptions<V>): SharedLevel<V> {
  const { cache, nameOf } = options;
  const { random = Math.random, onRequest = () => undefined, onOutage = () => undefined } = options;
  const now = options.now ?? (() => performance.now());
  const wait = options.wait ?? ((ms) => new Promise((resolve) => void setTimeout(resolve, ms)));
  const { fill, fillOr, announce } = createFilling({ ...options, now, random, onRequest, onOutage });
  const refreshing = new Set<string>();

  /**
   * XFetch: the closer the end and the slower the load, the likelier it is begun anew while the old value still
   * serves. (Vattani, Chierichetti, Lowenstein: Optimal Probabilistic Cache Stampede Prevention, 2015.)
   */
  const refreshEarly = async (key: string, { freshMs, loadMs }: SharedValue): Promise<void> => {
    if (loadMs * -Math.log(1 - random()) < freshMs || refreshing.has(key)) return;
    refreshing.add(key);
    try {
      await fill([key]);
    } catch (error) {
      onOutage(error);
    } finally {
      refreshing.delete(key);
    }
  };

  return {
    async load(keys) {
      const found = new Map<string, Loaded<V>>();
      const old = new Map<string, SharedValue>();
      let missing = keys;
      for (const giveUpAt = now() + CLAIM_MS; ; await wait(LOOK_MS)) {
        const taken = await cache.take(missing.map(nameOf), CLAIM_MS);
        const isLast = now() >= giveUpAt;
        const own: string[] = [];
        const others: string[] = [];
        for (const key of missing) {
          const { held, claimed = true } = taken.get(nameOf(key)) ?? {};
          if (held !== undefined && held.freshMs > 0) {
            found.set(key, unpack(held));
            onRequest(held.version === 0 ? 'negative_hit' : 'hit');
            void refreshEarly(key, held);
            continue;
          }
          if (held !== undefined) old.set(key, held);
          (claimed || isLast ? own : others).push(key);
        }
        for (const _ of own) onRequest('miss');
        if (own.length > 0) for (const [key, value] of await fillOr(old, own)) found.set(key, value);
        if (others.length === 0) return found;
        missing = others;
      }
    },
    learn: announce,
  };
}
