/** Products whose name goes on like what somebody is typing. */
import type { Client, estypes } from '@elastic/elasticsearch';
import type { Suggestion } from '../../domain/search.ts';
import type { ProductDocument } from './document.ts';
import { wholeAnswer } from './whole-answer.ts';

export async function suggestProducts(
  client: Client,
  index: string,
  text: string,
  limit: number,
): Promise<readonly Suggestion[]> {
  const exact = await complete(client, index, text, limit, {});
  if (exact.length > 0) return exact;
  // Only then: a typing error is less likely than a name that begins so.
  return complete(client, index, text, limit, { fuzzy: { fuzziness: 'AUTO:4,7', prefix_length: 1 } });
}

async function complete(
  client: Client,
  index: string,
  prefix: string,
  size: number,
  how: Pick<estypes.SearchCompletionSuggester, 'fuzzy'>,
): Promise<readonly Suggestion[]> {
  const { suggest } = await client.search<ProductDocument>({
    index,
    ...wholeAnswer,
    _source: ['product.sku', 'product.name', 'product.category'],
    suggest: { names: { prefix, completion: { field: 'suggest', size, ...how } } },
  });
  const [entry] = suggest?.['names'] ?? [];
  const options = [entry?.options ?? []].flat() as estypes.SearchCompletionSuggestOption<ProductDocument>[];
  return options.flatMap(({ _source }) => {
    if (_source?.product === undefined) return [];
    const { sku, name, category } = _source.product;
    return [{ sku, name, category }];
  });
}
