/** What an index of products is made of. Another definition needs another index: `npm run catalog:rebuild`. */
import { createHash } from 'node:crypto';
import type { Client, estypes } from '@elastic/elasticsearch';
import { synonyms } from '../../domain/synonyms.ts';

const SHARDS = 3;

const analysis: estypes.IndicesIndexSettingsAnalysis = {
  filter: {
    possessive: { type: 'stemmer', language: 'possessive_english' },
    stem: { type: 'stemmer', language: 'english' },
    fold: { type: 'asciifolding' },
    function_words: { type: 'stop', stopwords: '_english_' },
    synonyms: { type: 'synonym_graph', synonyms: [...synonyms] },
  },
  analyzer: {
    /** Other forms of a word are the same word. */
    stemmed: {
      type: 'custom',
      tokenizer: 'standard',
      filter: ['possessive', 'lowercase', 'fold', 'function_words', 'stem'],
    },
    stemmed_search: {
      type: 'custom',
      tokenizer: 'standard',
      filter: ['possessive', 'lowercase', 'fold', 'synonyms', 'function_words', 'stem'],
    },
    /** Words as they are written, to be found by their beginning or with a typing error in them. */
    plain: { type: 'custom', tokenizer: 'standard', filter: ['lowercase', 'fold'] },
  },
};

const stemmed = { type: 'text', analyzer: 'stemmed', search_analyzer: 'stemmed_search' } as const;
const plain = { type: 'text', analyzer: 'plain' } as const;
const everywhere = { copy_to: 'everywhere' };
const words = { copy_to: ['words', 'everywhere'] };

const mappings: estypes.MappingTypeMapping = {
  dynamic: 'strict',
  properties: {
    sku: { type: 'keyword', ...words, fields: { folded: { type: 'keyword', normalizer: 'lowercase' } } },
    /** Of the product. The document's own version holds that of its stock level, too. */
    version: { type: 'integer', index: false },
    /** False once withdrawn: the document stays, so that a late event is recognised by its version. */
    listed: { type: 'boolean' },
    product: {
      properties: {
        sku: { type: 'keyword', index: false, doc_values: false },
        name: { ...stemmed, ...words, fields: { plain } },
        description: { type: 'text', index: false, ...words },
        category: { type: 'keyword', ...everywhere, fields: { text: stemmed } },
        brand: { type: 'keyword', ...words, fields: { text: stemmed } },
        tags: { ...stemmed, ...words },
        price: { properties: { amount: { type: 'long' }, currency: { type: 'keyword', index: false } } },
        attributes: { type: 'object', enabled: false },
        version: { type: 'integer', index: false },
        createdAt: { type: 'keyword', index: false, doc_values: false },
        updatedAt: { type: 'keyword', index: false, doc_values: false },
      },
    },
    attributes: { type: 'text', index: false, ...everywhere },
    everywhere: stemmed,
    words: { ...plain, index_prefixes: { min_chars: 2, max_chars: 10 } },
    /** Cut so that a cursor stays short; the SKU breaks ties. */
    sortName: { type: 'keyword', index: false },
    /** Unix time in milliseconds. */
    createdMs: { type: 'long' },
    suggest: { type: 'completion', analyzer: 'plain', max_input_length: 60 },
    available: { type: 'integer' },
    stockVersion: { type: 'integer', index: false },
  },
};

/** Changes with the definition. */
const schemaVersion = createHash('sha256')
  .update(JSON.stringify([analysis, mappings]))
  .digest('hex')
  .slice(0, 12);

/** Searches look for fields that an index of another definition lacks, and would find nothing in it. */
export async function hasOurDefinition(client: Client, index: string): Promise<boolean> {
  const found = await client.indices.getMapping({ index });
  return Object.values(found).every(({ mappings: { _meta } }) => _meta?.['schemaVersion'] === schemaVersion);
}

export interface IndexOptions {
  /** Nobody searches it yet: it is filled faster without copies and refreshes. */
  readonly beingFilled: boolean;
}

export function productsIndex({ beingFilled }: IndexOptions): Omit<estypes.IndicesCreateRequest, 'index'> {
  return {
    settings: {
      number_of_shards: SHARDS,
      'index.routing.allocation.include._tier_preference': 'data_hot',
      ...(beingFilled ? { number_of_replicas: 0, refresh_interval: -1 } : servingSettings),
      analysis,
    },
    mappings: { ...mappings, _meta: { schemaVersion } },
  };
}

export const servingSettings = { number_of_replicas: 1, refresh_interval: '1s' } as const;

export const stockIndex: Omit<estypes.IndicesCreateRequest, 'index'> = {
  settings: {
    number_of_shards: SHARDS,
    number_of_replicas: 1,
    'index.routing.allocation.include._tier_preference': 'data_hot',
  },
  mappings: {
    dynamic: 'strict',
    // Read by SKU alone.
    properties: {
      available: { type: 'integer', index: false },
      version: { type: 'integer', index: false },
    },
  },
};

export const rebuildsIndex: Omit<estypes.IndicesCreateRequest, 'index'> = {
  settings: { number_of_shards: 1, number_of_replicas: 1 },
  mappings: {
    dynamic: 'strict',
    properties: { scannedTo: { type: 'keyword' }, documents: { type: 'long' } },
  },
};
