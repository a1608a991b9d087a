/** Answers a public read from memory, or asks the service once for all who want to know the same. */
import type { Route } from '@ecommercestack/contracts';
import { createSingleFlight } from '@ecommercestack/kit';
import type { Outcome } from '@ecommercestack/kit';
import { isOwnFailure } from '../refusal.ts';
import { renderAnswer } from '../routing/answer.ts';
import type { RenderedAnswer, Reuse } from '../routing/answer.ts';
import { freshnessOf } from './freshness.ts';
import type { FoundAnswer, HttpCache } from './http-cache.ts';

export type CachedResult = 'hit' | 'miss' | 'shared' | 'stale';

/** The age is rounded up: an answer is never called younger than it is. */
export type CachedAnswer = Outcome<{ readonly answer: RenderedAnswer; readonly reuse: Reuse }>;

export interface CachedAnswers {
  /** What is fresh, or undefined. */
  find(key: string): CachedAnswer | undefined;
  /** A write through this gateway has changed what these are about (RFC 9111 §4.4). */
  outdate(surrogateKeys: readonly string[], value: unknown): void;
  /** `ask` is called once for all who ask meanwhile, and belongs to none of them. */
  load(key: string, question: Question): Promise<CachedAnswer>;
}

export interface Question {
  readonly route: Route;
  readonly surrogateKeys: readonly string[];
  readonly ask: () => Promise<Outcome<unknown>>;
  readonly render: (value: unknown) => Parameters<typeof renderAnswer>[1];
}

/** After a failure, old answers are given at once for so long. */
const RETRY_MS = 1_000;

export function createCachedAnswers(cache: HttpCache, count: (result: CachedResult) => void): CachedAnswers {
  const flight = createSingleFlight<CachedAnswer>();
  const failed = new Map<string, number>();
  /** Whoever asks after a write must not be given what was asked for before it. */
  let writes = 0;

  const given = ({ stored, ageMs }: FoundAnswer): CachedAnswer => ({
    ok: true,
    value: {
      answer: stored.answer,
      reuse: { ageSeconds: Math.ceil(ageMs / 1_000), surrogateKeys: stored.surrogateKeys },
    },
  });

  const load = async (
    key: string,
    { route, surrogateKeys, ask, render }: Question,
  ): Promise<CachedAnswer> => {
    const askedAt = cache.now();
    const outcome = await ask();
    if (!outcome.ok) return outcome;
    const answer = renderAnswer(route, render(outcome.value));
    const { cache: cacheControl = '', ageSeconds = 0 } = route;
    const freshness = freshnessOf(cacheControl);
    const version = versionOf(outcome.value);
    const madeAt = askedAt - ageSeconds * 1_000;
    const known = version === undefined ? {} : { version };
    if (freshness !== undefined)
      cache.keep(key, { answer, freshness, surrogateKeys, madeAt, ...known }, askedAt);
    return {
      ok: true,
      value: { answer, reuse: { ageSeconds: Math.ceil((cache.now() - madeAt) / 1_000), surrogateKeys } },
    };
  };

  return {
    outdate(surrogateKeys, value) {
      if (surrogateKeys.length > 0) writes += 1;
      for (const surrogate of surrogateKeys) cache.outdate(surrogate, versionOf(value));
    },
    find(key) {
      const found = cache.find(key);
      const isFailing = (failed.get(key) ?? -Infinity) + RETRY_MS > cache.now();
      if (found === undefined || !(found.isFresh || isFailing)) return undefined;
      count(found.isFresh ? 'hit' : 'stale');
      return given(found);
    },
    async load(key, question) {
      let result: CachedResult = 'shared';
      const loaded = await flight(`${writes} ${key}`, () => {
        result = 'miss';
        return load(key, question);
      });
      count(result);
      failed.delete(key);
      // What a caller did wrong has no older answer.
      if (loaded.ok || !isOwnFailure(loaded.problem.code)) return loaded;
      const old = cache.find(key);
      if (old === undefined) return loaded;
      count('stale');
      if (failed.size >= MAX_FAILED) failed.clear();
      failed.set(key, cache.now());
      return given(old);
    },
  };
}

const MAX_FAILED = 10_000;

function versionOf(value: unknown): number | undefined {
  const isVersioned = typeof value === 'object' && value !== null && 'version' in value;
  return isVersioned && typeof value.version === 'number' ? value.version : undefined;
}
