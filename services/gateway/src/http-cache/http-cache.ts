/** Keeps public answers of the services in memory, for a moment, so that a hot product costs no call. */
import { patternMatcher, surrogateKeyOf } from '@ecommercestack/contracts';
import type { CacheChange } from '@ecommercestack/contracts';
import { LRUCache } from 'lru-cache';
import type { RenderedAnswer } from '../routing/answer.ts';
import type { Freshness } from './freshness.ts';

export interface StoredAnswer {
  readonly answer: RenderedAnswer;
  readonly freshness: Freshness;
  readonly surrogateKeys: readonly string[];
  /** Of the product that it shows; undefined where it shows no single one. */
  readonly version?: number;
  /** When the service was asked, less how old its answers may be. */
  readonly madeAt: number;
}

export interface FoundAnswer {
  readonly stored: StoredAnswer;
  readonly ageMs: number;
  readonly isFresh: boolean;
}

export interface HttpCache {
  /** Undefined also where it is too old even for an outage. */
  find(key: string): FoundAnswer | undefined;
  /** Ignores an answer that was asked for before what it is about has changed. `askedAt` as `now` told it. */
  keep(key: string, stored: StoredAnswer, askedAt: number): void;
  /** Where the version is known, what shows it already may be kept. */
  outdate(surrogate: string, version?: number): void;
  apply(change: CacheChange): void;
  now(): number;
}

/** What is known of changes of a surrogate key. */
interface Change {
  readonly at: number;
  readonly version?: number;
}

/** Kept beside the text and its key: headers, surrogate keys, bookkeeping. */
const OVERHEAD_BYTES = 1_024;
/** Changes older than any call in flight need no remembering; a busy shop has fewer than this in that time. */
const MAX_CHANGES = 100_000;

export interface HttpCacheOptions {
  readonly maxBytes: number;
  /** Milliseconds. */
  readonly now: () => number;
}

export function createHttpCache({ maxBytes, now }: HttpCacheOptions): HttpCache {
  const bySurrogate = new Map<string, Set<string>>();
  const entries = new LRUCache<string, StoredAnswer>({
    maxSize: maxBytes,
    sizeCalculation: ({ answer }, key) => answer.body.length + key.length + OVERHEAD_BYTES,
    dispose: ({ surrogateKeys }, key) => {
      for (const surrogate of surrogateKeys) {
        const keys = bySurrogate.get(surrogate);
        keys?.delete(key);
        if (keys?.size === 0) bySurrogate.delete(surrogate);
      }
    },
  });
  const changes = new LRUCache<string, Change>({ max: MAX_CHANGES });
  let purgedAt = -Infinity;

  const outdate = (surrogate: string, version?: number) => {
    changes.set(surrogate, { at: now(), ...(version !== undefined && { version }) });
    forget(surrogate);
  };
  const forget = (surrogate: string) => {
    for (const key of bySurrogate.get(surrogate) ?? []) entries.delete(key);
  };
  /** Another replica may answer with less than what the change told of: the version tells, where there is one. */
  const isOutdated = (surrogate: string, { version }: StoredAnswer, askedAt: number): boolean => {
    const change = changes.get(surrogate);
    if (change === undefined) return false;
    return version !== undefined && change.version !== undefined
      ? version < change.version
      : askedAt <= change.at;
  };

  return {
    now,
    outdate,
    find(key) {
      const stored = entries.get(key);
      if (stored === undefined) return undefined;
      const ageMs = now() - stored.madeAt;
      const { freshMs, staleIfErrorMs } = stored.freshness;
      if (ageMs >= freshMs + staleIfErrorMs) return undefined;
      return { stored, ageMs, isFresh: ageMs < freshMs };
    },
    keep(key, stored, askedAt) {
      if (askedAt <= purgedAt) return;
      if (stored.surrogateKeys.some((surrogate) => isOutdated(surrogate, stored, askedAt))) return;
      entries.set(key, stored);
      for (const surrogate of stored.surrogateKeys) {
        const keys = bySurrogate.get(surrogate) ?? new Set();
        bySurrogate.set(surrogate, keys.add(key));
      }
    },
    apply({ products = [], generation, purge }) {
      for (const [sku, version] of products) outdate(surrogateKeyOf.product(sku), version);
      if (generation !== undefined) outdate(surrogateKeyOf.searches);
      if (purge === undefined) return;
      purgedAt = now();
      for (const surrogate of [...bySurrogate.keys()].filter(patternMatcher(purge))) forget(surrogate);
    },
  };
}
