import type { Client } from '@elastic/elasticsearch';
import type { ProductDocument } from './document.ts';
import { wholeAnswer } from './whole-answer.ts';

/** The versions of the next documents in order of SKU. */
export async function readRange(
  client: Client,
  index: string,
  afterSku: string | undefined,
  upToSku: string | undefined,
  limit: number,
): Promise<ReadonlyMap<string, number>> {
  const bounds = {
    ...(afterSku === undefined ? {} : { gt: afterSku }),
    ...(upToSku === undefined ? {} : { lte: upToSku }),
  };
  const { hits } = await client.search<Pick<ProductDocument, 'sku' | 'version'>>({
    index,
    ...wholeAnswer,
    query: { range: { sku: bounds } },
    sort: [{ sku: { order: 'asc' } }],
    size: limit,
    track_total_hits: false,
    _source: ['sku', 'version'],
  });
  return new Map(
    hits.hits.flatMap(({ _source: source }) => (source === undefined ? [] : [[source.sku, source.version]])),
  );
}
