/** One page of a search. It begins after the position where the one before ended, so that no page costs more. */
import type { Client, estypes } from '@elastic/elasticsearch';
import type { Query } from './query.ts';
import { withStock } from '../../domain/announcement.ts';
import { fingerprint } from '../../domain/search.ts';
import type { FoundPage, FoundProduct, PageRequest, Position, Sort } from '../../domain/search.ts';
import type { ProductDocument } from './document.ts';
import { facetFilters, textPart } from './filters.ts';
import { chooseQuery } from './choose-query.ts';
import { totalOf, wholeAnswer } from './whole-answer.ts';

type Hit = estypes.SearchHit<ProductDocument>;

export function findPage(client: Client, index: string, request: PageRequest): Promise<FoundPage> {
  return chooseQuery(client, index, request.filters.text, async (query) => {
    const { hits } = await client.search<ProductDocument>(pageSearch(index, request, query));
    const found = hits.hits.slice(0, request.limit).map((hit) => foundProduct(hit, request));
    const page = { found, more: hits.hits.length > request.limit };
    // Counted whatever the position: nothing after the last page of many is not nothing.
    return { answer: page, found: totalOf(hits.total) > 0 };
  });
}

function pageSearch(index: string, request: PageRequest, query: Query | undefined): estypes.SearchRequest {
  const { filters, sort, after, limit } = request;
  const { must, filter } = textPart(query);
  return {
    index,
    ...wholeAnswer,
    // The same copies of the shards for all pages: their scores differ by what is deleted and not yet merged away.
    preference: fingerprint(filters, sort).replaceAll(/^_/g, ''),
    query: {
      bool: {
        ...(must === undefined ? {} : { must }),
        filter: [...filter, ...facetFilters(filters).values()],
      },
    },
    sort: sortClauses(request),
    ...(after === undefined ? {} : { search_after: [searchAfter(after, request), after.sku] }),
    size: limit + 1,
    track_total_hits: 1,
    _source: ['product', 'available', 'stockVersion'],
  };
}

function sortClauses({ sort, filters }: PageRequest): estypes.Sort {
  const field = fieldOf(sort, filters.text);
  const order = sort === 'name' || sort === 'price-asc' ? 'asc' : 'desc';
  return [{ [field]: { order } }, { sku: { order } }];
}

function fieldOf(sort: Sort, text: string | undefined): string {
  switch (sort) {
    case 'relevance':
      return text === undefined ? 'createdMs' : '_score';
    case 'newest':
      return 'createdMs';
    case 'price-asc':
    case 'price-desc':
      return 'product.price.amount';
    case 'name':
      return 'sortName';
  }
}

function isScored({ sort, filters }: PageRequest): boolean {
  return sort === 'relevance' && filters.text !== undefined;
}

function foundProduct({ _id, _source, sort }: Hit, request: PageRequest): FoundProduct {
  const key = sort?.[0];
  if (_id === undefined || _source?.product === undefined || key === undefined) {
    throw new Error('a hit without a product');
  }
  const { product, available, stockVersion } = _source;
  const level =
    available === undefined || stockVersion === undefined
      ? undefined
      : { sku: _id, available, version: stockVersion };
  return {
    product: withStock(product, level),
    position: { key: isScored(request) ? bitsOf(Number(key)) : positionKey(key), sku: _id },
  };
}

function positionKey(key: estypes.FieldValue): string | number {
  return typeof key === 'string' ? key : Number(key);
}

function searchAfter({ key }: Position, request: PageRequest): string | number {
  return isScored(request) ? scoreOf(Number(key)) : key;
}

/** A score is a positive float: as a whole number its bits have the same order and fit a cursor exactly. */
function bitsOf(score: number): number {
  const view = new DataView(new ArrayBuffer(4));
  view.setFloat32(0, score);
  return view.getUint32(0);
}

function scoreOf(bits: number): number {
  const view = new DataView(new ArrayBuffer(4));
  view.setUint32(0, bits);
  return view.getFloat32(0);
}
