/** Keeps the answers to one kind of search question: in this process, and shared with the other replicas. */
import { hash } from 'node:crypto';
import type { CacheLevel, CacheResult } from '../../metrics.ts';
import type { GuardedCache } from './guarded-cache.ts';
import { alone } from './loaded.ts';
import type { Lifetimes, Load } from './loaded.ts';
import { createReadThrough } from './read-through.ts';
import type { ReadThrough } from './read-through.ts';
import { createSharedLevel } from './shared-level.ts';

export interface SearchLevelOptions<V> {
  /** Of the kind of question, in the keys that replicas share. */
  readonly name: string;
  readonly ask: (question: string) => Promise<V>;
  /** Of all replicas; undefined while nothing is to be shared. */
  readonly generation: () => number | undefined;
  readonly cache?: GuardedCache;
  readonly maxEntries: number;
  readonly lifetimes: Lifetimes;
  readonly count: (level: CacheLevel) => (result: CacheResult) => void;
  readonly onOutage?: (error: unknown) => void;
  readonly now?: () => number;
  readonly random?: () => number;
}

/** A key is an epoch, a blank and the question: what is asked for is in the key itself. */
export function createSearchLevel<V extends object>(options: SearchLevelOptions<V>): ReadThrough<V> {
  const { name, ask, generation, cache, count, lifetimes, maxEntries, ...tuning } = options;
  const versionOf = () => 1;
  const load = async (keys: readonly string[]) =>
    new Map(await Promise.all(keys.map(async (key) => [key, await ask(questionOf(key))] as const)));
  const direct = alone(load, versionOf, lifetimes);
  const nameOf = (key: string): string => {
    const [generationOfKey] = key.split(' ', 1);
    return `search:${generationOfKey}:${name}:${hash('sha1', questionOf(key), 'base64url')}`;
  };
  const shared =
    cache === undefined
      ? undefined
      : createSharedLevel({ cache, nameOf, load, versionOf, lifetimes, onRequest: count('l2'), ...tuning });

  /** The epoch is this process's own; what is shared goes by the generation of all. */
  const loadAny: Load<V> = async (keys) => {
    const current = generation();
    if (shared === undefined || current === undefined) return direct(keys);
    const named = new Map(keys.map((key) => [`${current} ${questionOf(key)}`, key]));
    const found = await shared.load([...named.keys()]);
    return new Map([...found].map(([key, loaded]) => [named.get(key) ?? key, loaded]));
  };
  const ttlMs = lifetimes.freshMs;
  return createReadThrough<V>({
    load: loadAny,
    versionOf,
    maxEntries,
    ttlMs,
    onRequest: count('l1'),
    ...tuning,
  });
}

function questionOf(key: string): string {
  return key.slice(key.indexOf(' ') + 1);
}
