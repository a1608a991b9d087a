/** Rate limiting by token bucket: `capacity` at once, `refillPerSecond` in the long run. */
import { LRUCache } from 'lru-cache';

export interface BucketLimits {
  readonly capacity: number;
  readonly refillPerSecond: number;
}

/** A bucket that was never used is full: `undefined` stands for it. */
export interface BucketState {
  readonly tokens: number;
  /** Milliseconds; the clock may jump back, which never adds tokens. */
  readonly at: number;
}

export interface Take {
  readonly state: BucketState;
  readonly allowed: boolean;
  /** Milliseconds until the same request could pass; 0 when it has; Infinity when it exceeds the capacity. */
  readonly retryAfterMs: number;
  /** Whole tokens left. */
  readonly remaining: number;
}

/** Takes `count` tokens, or none of them. */
export function take(state: BucketState | undefined, now: number, limits: BucketLimits, count = 1): Take {
  const elapsed = state === undefined ? 0 : Math.max(0, now - state.at);
  const before = state === undefined ? limits.capacity : state.tokens;
  const refilled = before + (elapsed * limits.refillPerSecond) / 1_000;
  const tokens = Math.min(limits.capacity, refilled);
  const at = Math.max(now, state?.at ?? now);
  if (tokens >= count) {
    const left = tokens - count;
    return { state: { tokens: left, at }, allowed: true, retryAfterMs: 0, remaining: Math.floor(left) };
  }
  const missing = count - tokens;
  const retryAfterMs =
    count > limits.capacity
      ? Number.POSITIVE_INFINITY
      : Math.ceil((missing * 1_000) / limits.refillPerSecond);
  return { state: { tokens, at }, allowed: false, retryAfterMs, remaining: Math.floor(tokens) };
}

/**
 * Buckets in memory, at most `maxKeys`. A key that is evicted starts full again, so keep more keys than
 * callers come back within the time that a bucket needs to fill.
 */
export function createBucketStore(maxKeys: number) {
  const buckets = new LRUCache<string, BucketState>({ max: maxKeys });
  return {
    take(key: string, now: number, limits: BucketLimits, count = 1): Take {
      const taken = take(buckets.get(key), now, limits, count);
      buckets.set(key, taken.state);
      return taken;
    },
    get size(): number {
      return buckets.size;
    },
  };
}
