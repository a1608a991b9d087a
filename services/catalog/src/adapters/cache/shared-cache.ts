/** What the replicas of the catalog remember together. No answer depends on it: every call may fail. */
import type { CacheChange } from '@ecommercestack/contracts';

export interface SharedValue {
  /** JSON. */
  readonly text: string;
  readonly version: number;
  /** For how much longer it stands for what the store holds; 0 or less: only where the store cannot be asked. */
  readonly freshMs: number;
  /** For how much longer it may be shown at all. */
  readonly usableMs: number;
  /** How long it took to load. */
  readonly loadMs: number;
}

export interface Taken {
  readonly held?: SharedValue;
  /** The value held is not fresh, and the caller alone is to load it now. */
  readonly claimed: boolean;
}

export interface SharedCache {
  /** An answer for every key. A claim ends with a `write` or `release` of its holder, or after `claimMs`. */
  take(keys: readonly string[], claimMs: number): Promise<ReadonlyMap<string, Taken>>;
  /**
   * Of two values of a key, the newer version stays; of two of one version, the one that is fresh for longer. Returns
   * what stands where that is newer than what was to be written.
   */
  write(values: ReadonlyMap<string, SharedValue>): Promise<ReadonlyMap<string, SharedValue>>;
  /** Ends claims without a value. */
  release(keys: readonly string[]): Promise<void>;
  /** Of all lists and searches; counts up from 0. */
  generation(): Promise<number>;
  startGeneration(): Promise<number>;
  /** `*` stands for any characters, `?` for one. Deletes bit by bit while others go on. Returns how many are gone. */
  purge(pattern: string): Promise<number>;
  /** Tells every replica, this one included, and the gateways. Who is not connected now never hears of it. */
  publish(change: CacheChange): Promise<void>;
}
