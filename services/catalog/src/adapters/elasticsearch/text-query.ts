/** The query for what somebody typed. */
import type { Query } from './query.ts';
import { parseSearchText } from '../../domain/search-text.ts';
import { parseQuery } from '../../domain/query-text.ts';
import type { Alternative } from '../../domain/query-text.ts';

/** Every word counts in whichever field it is; in the name it counts most. */
const FIELDS = [
  'product.name^6',
  'product.brand.text^3',
  'product.tags^3',
  'product.category.text^3',
  'sku.text^2',
  'attributes^1.5',
  'product.description',
];

/** Finds what holds every word; the last one may be a beginning. Nothing for a text without words. */
export function strictQuery(text: string): Query {
  const alternatives = parseQuery(text).map(alternativeQuery);
  const { typing } = parseSearchText(text);
  if (typing !== undefined) alternatives.push(typedSoFar(typing));
  if (alternatives.length === 0) return { match_none: {} };
  return {
    bool: {
      must: [{ bool: { should: alternatives, minimum_should_match: 1 } }],
      // A SKU is looked up rather than searched for.
      should: [{ term: { sku: { value: text.trim(), case_insensitive: true, boost: 100 } } }],
    },
  };
}

function alternativeQuery({ wanted, excluded }: Alternative): Query {
  const queries = ({ words, phrases }: Alternative['wanted'], operator: 'and' | 'or'): Query[] => [
    ...(words === '' ? [] : [allWords(words, operator)]),
    ...phrases.map((phrase): Query => ({ multi_match: { query: phrase, type: 'phrase', fields: FIELDS } })),
  ];
  return { bool: { must: queries(wanted, 'and'), must_not: queries(excluded, 'or') } };
}

function allWords(query: string, operator: 'and' | 'or'): Query {
  return { combined_fields: { query, operator, fields: FIELDS } };
}

/** The words before, and one that begins so. */
function typedSoFar({ before, prefix }: { readonly before: string; readonly prefix: string }): Query {
  const beginning: Query = {
    bool: {
      should: [
        { prefix: { words: { value: prefix, boost: 0.5 } } },
        { prefix: { 'product.name.plain': { value: prefix, boost: 2 } } },
      ],
      minimum_should_match: 1,
    },
  };
  const [together] = parseQuery(before);
  return together === undefined ? beginning : { bool: { must: [alternativeQuery(together), beginning] } };
}

/** For a text that nothing holds every word of: words with typing errors, and one of several may be missing. */
export function lenientQuery(text: string): Query {
  const words = parseQuery(text)
    .map(({ wanted }) => [wanted.words, ...wanted.phrases].join(' '))
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
