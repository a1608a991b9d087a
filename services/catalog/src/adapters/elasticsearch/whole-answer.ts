/** What searches have in common. */
import type { estypes } from '@elastic/elasticsearch';

/** Part of the products must not pass for all of them: caches would keep it as that. */
export const wholeAnswer = { allow_partial_search_results: false } as const;

export function totalOf(total: estypes.SearchHitsMetadata['total']): number {
  return typeof total === 'number' ? total : (total?.value ?? 0);
}
