import type { CacheLevel, CacheName, CacheResult } from '../../metrics.ts';

/** What all caches have in common. */
export interface Tuning {
  readonly count: (cache: CacheName, level: CacheLevel) => (result: CacheResult) => void;
  /** A store did not answer, and old values were given, or none. */
  readonly onOutage?: (error: unknown) => void;
  /** Monotonic milliseconds. */
  readonly now?: () => number;
  readonly random?: () => number;
}

/** For caches that count for themselves. */
export function uncounted({ onOutage, now, random }: Tuning): Omit<Tuning, 'count'> {
  return {
    ...(onOutage !== undefined && { onOutage }),
    ...(now !== undefined && { now }),
    ...(random !== undefined && { random }),
  };
}
