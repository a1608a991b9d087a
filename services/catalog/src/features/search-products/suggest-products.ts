/** Suggests products while somebody is typing. */
import type { ProductSuggestions } from '@ecommercestack/contracts';
import type { Outcome } from '@ecommercestack/kit';
import { isStorable } from '../../domain/search.ts';
import type { ProductSearcher } from './search-products.ts';

export function createSuggestProducts(searcher: Pick<ProductSearcher, 'suggest'>) {
  return async ({
    q,
    limit,
  }: {
    readonly q: string;
    readonly limit: number;
  }): Promise<Outcome<ProductSuggestions>> => {
    // No name holds characters that cannot be stored.
    const items = isStorable(q) ? await searcher.suggest(q, limit) : [];
    return { ok: true, value: { items: [...items] } };
  };
}
