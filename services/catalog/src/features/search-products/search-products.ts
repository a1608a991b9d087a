/** Finds products by text, filters and sort order, a page at a time, with facets. */
import type { ProductPage, ProductSearch } from '@ecommercestack/contracts';
import type { Outcome } from '@ecommercestack/kit';
import { highlight } from '../../domain/highlight.ts';
import { filtersOf, isStorable, sortOf } from '../../domain/search.ts';
import type {
  Filters,
  FoundPage,
  FoundProduct,
  PageRequest,
  Suggestion,
  Summary,
} from '../../domain/search.ts';
import { decodeCursor, encodeCursor } from './cursor.ts';

/** What a search may see is behind the write side by the lag of the index, and of a cache in front of it. */
export interface ProductSearcher {
  page(request: PageRequest): Promise<FoundPage>;
  summary(filters: Filters): Promise<Summary>;
  /** Products whose name goes on like the text, from one of its words on; the likeliest first. */
  suggest(text: string, limit: number): Promise<readonly Suggestion[]>;
}

export function createSearchProducts(searcher: ProductSearcher) {
  return async (search: ProductSearch): Promise<Outcome<ProductPage>> => {
    if (!isStorable(`${search.q ?? ''}${search.brand ?? ''}`))
      return invalid('q', 'holds characters no product has');
    const searched = { filters: filtersOf(search), sort: sortOf(search) };
    const after = search.cursor === undefined ? undefined : decodeCursor(searched, search.cursor);
    if (search.cursor !== undefined && after === undefined) {
      return invalid('cursor', 'is not a cursor of this search');
    }
    const [page, summary] = await Promise.all([
      searcher.page({ ...searched, limit: search.limit, ...(after === undefined ? {} : { after }) }),
      searcher.summary(searched.filters),
    ]);
    const last = page.found.at(-1);
    const next = page.more && last !== undefined ? { nextCursor: encodeCursor(searched, last.position) } : {};
    return { ok: true, value: { items: page.found.map(itemFor(searched.filters)), ...summary, ...next } };
  };
}

function itemFor({ text }: Filters) {
  return ({ product }: FoundProduct): ProductPage['items'][number] => {
    const marks = text === undefined ? undefined : highlight(product, text);
    return marks === undefined ? product : { ...product, highlight: marks };
  };
}

function invalid(path: string, message: string): Outcome<never> {
  const detail = 'The request does not have the expected form.';
  return { ok: false, problem: { code: 'invalid-request', detail, extra: { errors: [{ path, message }] } } };
}
