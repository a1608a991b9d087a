/** Keeps pages and summaries of searches for a moment, and none of them past a change of a product. */
import { hash } from 'node:crypto';
import type { Filters, FoundPage, PageRequest, Suggestion, Summary } from '../../domain/search.ts';
import type { ProductSearcher } from '../../features/search-products/search-products.ts';
import type { CacheLevel, CacheResult } from '../../metrics.ts';
import type { GuardedCache } from './guarded-cache.ts';
import { alone } from './loaded.ts';
import type { Lifetimes, Load } from './loaded.ts';
import { createReadThrough } from './read-through.ts';
import { createSharedLevel } from './shared-level.ts';

export interface CachedSearcherOptions {
  readonly maxEntries: number;
  /** The freshness bounds the age of stock levels, and of products whose change was not heard of. */
  readonly lifetimes: Lifetimes;
  /** Absent where every replica caches alone. */
  readonly cache?: GuardedCache;
  readonly count: (level: CacheLevel) => (result: CacheResult) => void;
  readonly onOutage?: (error: unknown) => void;
  readonly now?: () => number;
  readonly random?: () => number;
}

export interface CachedSearcher extends ProductSearcher {
  /** What is cached or being read now will not be found again. Undefined where other replicas cannot be told. */
  startGeneration(): Promise<number | undefined>;
  /** The generation of all replicas, as it was heard of; undefined while they cannot be heard. */
  adopt(generation: number | undefined): void;
  purge(matches: (key: string) => boolean): number;
}

export function createCachedSearcher(
  searcher: ProductSearcher,
  options: CachedSearcherOptions,
): CachedSearcher {
  const { cache, count, lifetimes, maxEntries, ...tuning } = options;
  /** Of this process: part of every key, so that a change outdates at once what is kept here. */
  let epoch = 0;
  /** Of all replicas; nothing is shared while it is unknown, or about to change. */
  let generation: number | undefined;
  let starting = 0;

  /** What is asked for is in the key itself, behind the epoch or generation. */
  const level = <V extends object>(name: string, ask: (question: string) => Promise<V>) => {
    const load = async (keys: readonly string[]) =>
      new Map(await Promise.all(keys.map(async (key) => [key, await ask(questionOf(key))] as const)));
    const direct = alone(load, () => 1, lifetimes);
    const shared =
      cache === undefined
        ? undefined
        : createSharedLevel({
            cache,
            nameOf: (key) =>
              `search:${key.split(' ', 1)[0]}:${name}:${hash('sha1', questionOf(key), 'base64url')}`,
            load,
            versionOf: () => 1,
            lifetimes,
            onRequest: count('l2'),
            ...tuning,
          });
    const loadAny: Load<V> = async (keys) => {
      if (shared === undefined || generation === undefined || starting > 0) return direct(keys);
      const named = new Map(keys.map((key) => [`${generation} ${questionOf(key)}`, key]));
      const found = await shared.load([...named.keys()]);
      return new Map([...found].map(([key, loaded]) => [named.get(key) ?? key, loaded]));
    };
    return createReadThrough<V>({
      load: loadAny,
      versionOf: () => 1,
      maxEntries,
      ttlMs: lifetimes.freshMs,
      onRequest: count('l1'),
      ...tuning,
    });
  };
  const pages = level<FoundPage>('page', (question) => searcher.page(JSON.parse(question) as PageRequest));
  const summaries = level<Summary>('summary', (question) =>
    searcher.summary(JSON.parse(question) as Filters),
  );

  const suggestions = level<readonly Suggestion[]>('suggest', (question) => {
    const [text, limit] = JSON.parse(question) as [string, number];
    return searcher.suggest(text, limit);
  });

  return {
    suggest: (text, limit) => suggestions.get(`${epoch} ${JSON.stringify([text, limit])}`),
    page: (request) => pages.get(`${epoch} ${pageQuestion(request)}`),
    /** The same for all pages and sort orders of a search. */
    summary: (filters) => summaries.get(`${epoch} ${JSON.stringify(ordered(filters))}`),
    async startGeneration() {
      epoch += 1;
      if (cache === undefined) return undefined;
      starting += 1;
      const started = await cache.startGeneration();
      starting -= 1;
      generation = started;
      return started;
    },
    adopt(heard) {
      if (starting > 0 || heard === generation) return;
      generation = heard;
      epoch += 1;
    },
    purge: (matches) => pages.purge(matches) + summaries.purge(matches) + suggestions.purge(matches),
  };
}

function questionOf(key: string): string {
  return key.slice(key.indexOf(' ') + 1);
}

/** Equal for equal requests. */
function pageQuestion({ filters, sort, limit, after }: PageRequest): string {
  const place = after === undefined ? {} : { after: { key: after.key, sku: after.sku } };
  return JSON.stringify({ filters: ordered(filters), sort, limit, ...place });
}

function ordered({ text, category, brand, minPrice, maxPrice, inStock }: Filters) {
  return { text, category, brand, minPrice, maxPrice, inStock };
}
