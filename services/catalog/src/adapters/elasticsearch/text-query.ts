/** The query for what somebody typed. */
import type { Query } from './query.ts';
import { parseSearchText } from '../../domain/search-text.ts';
import { parseQuery } from '../../domain/query-text.ts';
import type { Alternative, Terms } from '../../domain/query-text.ts';

/** Holds the words of all fields: what a product has to have is looked up in one place. */
const EVERYWHERE = 'everywhere';
/** Where a word counts more than elsewhere. They rank what was found, and find nothing. */
const WEIGHTY = ['product.name^6', 'product.brand.text^3', 'product.tags^3', 'product.category.text^3'];

/** Finds what holds every word; the last one may be a beginning. Nothing for a text without words. */
export function strictQuery(text: string): Query {
  const alternatives = parseQuery(text);
  const { typing } = parseSearchText(text);
  const should = [
    ...alternatives.map(alternativeQuery),
    ...(typing === undefined ? [] : [typedSoFar(typing)]),
  ];
  if (should.length === 0) return { match_none: {} };
  const words = alternatives.map(({ wanted }) => wordsOf(wanted)).join(' ');
  return {
    bool: {
      must: [{ bool: { should, minimum_should_match: 1 } }],
      should: [
        // A SKU is looked up rather than searched for.
        { term: { 'sku.folded': { value: text.trim(), boost: 100 } } },
        { multi_match: { query: words, type: 'most_fields', fields: WEIGHTY } },
        ...(typing === undefined ? [] : [beginning('product.name.plain', typing.prefix, 2)]),
      ],
    },
  };
}

function alternativeQuery({ wanted, excluded }: Alternative): Query {
  const queries = ({ words, phrases }: Terms, operator: 'and' | 'or'): Query[] => [
    ...(words === '' ? [] : [allWords(words, operator)]),
    ...phrases.map((phrase): Query => ({ match_phrase: { [EVERYWHERE]: phrase } })),
  ];
  return { bool: { must: queries(wanted, 'and'), must_not: queries(excluded, 'or') } };
}

function allWords(query: string, operator: 'and' | 'or'): Query {
  return { match: { [EVERYWHERE]: { query, operator } } };
}

function wordsOf({ words, phrases }: Terms): string {
  return [words, ...phrases].join(' ');
}

/** The words before, and one that begins so. */
function typedSoFar({ before, prefix }: { readonly before: string; readonly prefix: string }): Query {
  const last = beginning('words', prefix, 0.5);
  const [together] = parseQuery(before);
  return together === undefined ? last : { bool: { must: [alternativeQuery(together), last] } };
}

function beginning(field: string, value: string, boost: number): Query {
  return { prefix: { [field]: { value, boost } } };
}

/** For a text that nothing holds every word of: words with typing errors, and one of several may be missing. */
export function lenientQuery(text: string): Query {
  const words = parseQuery(text)
    .map(({ wanted }) => wordsOf(wanted))
    .join(' ');
  const fuzzy = { query: words, fuzziness: 'AUTO:4,7', prefix_length: 1 } as const;
  const excluded = parseQuery(text).flatMap(({ excluded: { words: not } }) => (not === '' ? [] : [not]));
  return {
    bool: {
      must: [{ match: { words: { ...fuzzy, minimum_should_match: '2<-1' } } }],
      should: [{ match: { 'product.name.plain': { ...fuzzy, boost: 3 } } }],
      must_not: excluded.map((not) => allWords(not, 'or')),
    },
  };
}
