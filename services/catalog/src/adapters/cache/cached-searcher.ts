/** Keeps pages and summaries of searches for a moment, and none of them past a change of a product. */
import type { Filters, FoundPage, PageRequest, Suggestion, Summary } from '../../domain/search.ts';
import type { ProductSearcher } from '../../features/search-products/search-products.ts';
import { createSearchLevel } from './search-level.ts';
import type { SearchLevelOptions } from './search-level.ts';

/** The freshness bounds the age of stock levels, and of products whose change was not heard of. */
export type CachedSearcherOptions = Omit<SearchLevelOptions<never>, 'name' | 'ask' | 'generation'>;

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
  const { cache } = options;
  /** Of this process: part of every key, so that a change outdates at once what is kept here. */
  let epoch = 0;
  /** Of all replicas; nothing is shared while it is unknown, or about to change. */
  let generation: number | undefined;
  let starting = 0;

  const level = <V extends object>(name: string, ask: (question: string) => Promise<V>) =>
    createSearchLevel({ ...options, name, ask, generation: () => (starting > 0 ? undefined : generation) });
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

/** Equal for equal requests. */
function pageQuestion({ filters, sort, limit, after }: PageRequest): string {
  const place = after === undefined ? {} : { after: { key: after.key, sku: after.sku } };
  return JSON.stringify({ filters: ordered(filters), sort, limit, ...place });
}

function ordered({ text, category, brand, minPrice, maxPrice, inStock }: Filters) {
  return { text, category, brand, minPrice, maxPrice, inStock };
}
