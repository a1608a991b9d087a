/** How many products a search finds, and how many each facet would. */
import type { Client, estypes } from '@elastic/elasticsearch';
import type { Query } from './query.ts';
import { orderFacet, priceRanges } from '../../domain/search.ts';
import type { Filters, Summary } from '../../domain/search.ts';
import { chooseQuery } from './choose-query.ts';
import { facetFilters, inStock, textPart } from './filters.ts';
import type { Facet } from './filters.ts';
import { wholeAnswer } from './whole-answer.ts';

/** More than the facet shows: each shard counts for itself, and a value may be rare in one and frequent in another. */
const SHARD_VALUES = 1_000;
const VALUES = 100;

interface Counted {
  readonly doc_count: number;
}
interface Values extends Counted {
  readonly values: { readonly buckets: readonly { readonly key: string; readonly doc_count: number }[] };
}
interface Answer {
  readonly matched: Counted;
  readonly total: Counted;
  readonly category: Values;
  readonly brand: Values;
  readonly price: Values;
  readonly inStock: Counted;
}

export function summarise(client: Client, index: string, filters: Filters): Promise<Summary> {
  return chooseQuery(client, index, filters.text, async (query) => {
    const { aggregations } = await client.search({
      index,
      ...wholeAnswer,
      size: 0,
      track_total_hits: false,
      query: { bool: textPart(query) },
      aggs: aggregationsOf(filters),
    });
    const answer = aggregations as unknown as Answer;
    return { answer: summaryOf(answer), found: answer.matched.doc_count > 0 };
  });
}

function aggregationsOf(filters: Filters): Record<string, estypes.AggregationsAggregationContainer> {
  const conditions = facetFilters(filters);
  const allBut = (facet?: Facet): Query => ({
    bool: { filter: [...conditions].flatMap(([name, condition]) => (name === facet ? [] : [condition])) },
  });
  const terms = (field: string) => ({ terms: { field, size: VALUES, shard_size: SHARD_VALUES } });
  const ranges = priceRanges.map(({ from, to }, at) => ({
    key: String(at),
    from,
    // Its end is not part of a range.
    ...(to === undefined ? {} : { to: to + 1 }),
  }));
  return {
    matched: { filter: { match_all: {} } },
    total: { filter: allBut() },
    category: { filter: allBut('category'), aggs: { values: terms('product.category') } },
    brand: { filter: allBut('brand'), aggs: { values: terms('product.brand') } },
    price: {
      filter: allBut('price'),
      aggs: { values: { range: { field: 'product.price.amount', ranges } } },
    },
    inStock: { filter: { bool: { filter: [allBut('inStock'), inStock] } } },
  };
}

function summaryOf({ total, category, brand, price, inStock: available }: Answer): Summary {
  const prices = countsOf(price);
  return {
    total: total.doc_count,
    facets: {
      category: orderFacet(countsOf(category)),
      brand: orderFacet(countsOf(brand)),
      price: priceRanges.flatMap((range, at) => {
        const count = prices.get(String(at)) ?? 0;
        return count === 0 ? [] : [{ ...range, count }];
      }),
      inStock: available.doc_count,
    },
  };
}

function countsOf({ values }: Values): ReadonlyMap<string, number> {
  return new Map(values.buckets.map(({ key, doc_count: count }) => [key, count]));
}
