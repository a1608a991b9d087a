import { z } from 'zod';
import { defineMethod } from '../define.ts';
import { cacheKeyPattern } from '../messages/cache.ts';
import { productSnapshot } from '../messages/catalog.ts';
import { category, productFields, productInput, productPatch } from '../product.ts';
import { asOf, auditEvent, cursor, sku, text, version } from '../values.ts';

/** A product's stock level may be this old in an answer: caches are told so. */
export const STOCK_AGE_SECONDS = 2;

export const product = productSnapshot
  .extend({
    inStock: z.boolean().optional(),
    available: z.int().min(0).optional().meta({ description: 'Last known stock level' }),
  })
  .meta({ id: 'Product' });
export type Product = z.infer<typeof product>;

export const productSort = z.enum(['relevance', 'price-asc', 'price-desc', 'name', 'newest']);

export const productSearch = z.strictObject({
  q: text(0, 200).optional(),
  category: category.optional(),
  brand: text(1, 100).optional(),
  minPrice: z.int().min(0).optional().meta({ description: 'Minor units' }),
  maxPrice: z.int().min(0).optional().meta({ description: 'Minor units' }),
  inStock: z.boolean().optional(),
  sort: productSort.default('relevance'),
  cursor: cursor.optional(),
  limit: z.int().min(1).max(100).default(20),
});
export type ProductSearch = z.infer<typeof productSearch>;

/** Joined in order, the pieces of a field are its text: plain, to be escaped like any other text. */
const highlightPiece = z.strictObject({ text: z.string(), match: z.boolean() });
export type HighlightPiece = z.infer<typeof highlightPiece>;

export const highlight = z
  .strictObject({
    name: z.array(highlightPiece),
    description: z.array(highlightPiece).optional().meta({
      description: 'Where it holds a word of the search: the part of the description around it',
    }),
  })
  .meta({ id: 'Highlight', description: 'Plain text in pieces; `match` marks the words of the search' });
export type Highlight = z.infer<typeof highlight>;

const foundProduct = product
  .extend({ highlight: highlight.optional() })
  .meta({ id: 'FoundProduct', description: 'With `highlight` where the search had words' });

const facetCount = z.strictObject({ value: z.string(), count: z.int().min(0) });

export const productPage = z
  .strictObject({
    items: z.array(foundProduct),
    total: z.int().min(0),
    facets: z.strictObject({
      category: z.array(facetCount),
      brand: z.array(facetCount),
      price: z.array(
        z.strictObject({ from: z.int().min(0), to: z.int().min(0).optional(), count: z.int().min(0) }),
      ),
      inStock: z.int().min(0),
    }),
    nextCursor: cursor.optional(),
  })
  .meta({ id: 'ProductPage' });
export type ProductPage = z.infer<typeof productPage>;

const entries = z.int().min(0);
export const cachePurge = z
  .strictObject({
    pattern: cacheKeyPattern,
    local: entries.meta({ description: 'Entries of the replica that answered; the others forget theirs' }),
    shared: entries.meta({ description: 'Entries of the cache that replicas share' }),
  })
  .meta({ id: 'CachePurge', description: 'What was forgotten' });
export type CachePurge = z.infer<typeof cachePurge>;

/** Where given, an update of any other version is refused (If-Match). */
const expectedVersion = version.optional();

export const productSuggestions = z
  .strictObject({ items: z.array(product.pick({ sku: true, name: true, category: true })) })
  .meta({ id: 'ProductSuggestions' });
export type ProductSuggestions = z.infer<typeof productSuggestions>;

export const importChange = z.enum(['created', 'updated', 'unchanged']);
export type ImportChange = z.infer<typeof importChange>;

/** Why one product of many was refused; `errors` as in a problem. */
export const importProblem = z.strictObject({
  code: z.string(),
  detail: z.string(),
  errors: z.array(z.strictObject({ path: z.string(), message: z.string() })).optional(),
});
export type ImportProblem = z.infer<typeof importProblem>;

export const importResult = z.union([
  z.strictObject({ change: importChange }),
  z.strictObject({ problem: importProblem }),
]);
export type ImportResult = z.infer<typeof importResult>;

/** How many lines have been handled, counted from the first of the file, and what became of those sent this time. */
const importCounts = {
  lines: z
    .int()
    .min(0)
    .meta({ description: 'Everything up to this line is done: go on with `from` one higher' }),
  created: z.int().min(0),
  updated: z.int().min(0),
  unchanged: z.int().min(0),
  refused: z.int().min(0),
};

export const importReportLine = z
  .discriminatedUnion('type', [
    z.strictObject({
      type: z.literal('refused'),
      line: z.int().min(1),
      sku: z.string().optional(),
      problem: importProblem,
    }),
    z.strictObject({ type: z.literal('progress'), ...importCounts }),
    z.strictObject({ type: z.literal('done'), ...importCounts }),
    z.strictObject({ type: z.literal('stopped'), ...importCounts, problem: importProblem }),
  ])
  .meta({ id: 'ImportReportLine', description: 'One line of the report of an import' });
export type ImportReportLine = z.infer<typeof importReportLine>;

export const MAX_IMPORT_BATCH = 200;

export const catalogMethods = {
  'search-products': defineMethod(productSearch, productPage),
  'suggest-products': defineMethod(
    z.strictObject({ q: text(1, 100), limit: z.int().min(1).max(20).default(8) }),
    productSuggestions,
  ),
  'get-product': defineMethod(z.strictObject({ sku, asOf: asOf.optional() }), product),
  'get-products': defineMethod(
    z.strictObject({ skus: z.array(sku).min(1).max(100) }),
    z.strictObject({ items: z.array(product), missing: z.array(sku) }),
  ),
  'get-product-events': defineMethod(z.strictObject({ sku }), z.strictObject({ items: z.array(auditEvent) })),
  'create-product': defineMethod(productInput, product),
  'update-product': defineMethod(z.strictObject({ sku, expectedVersion, patch: productPatch }), product),
  'purge-cache': defineMethod(z.strictObject({ pattern: cacheKeyPattern }), cachePurge),
  /** One result per item, in order. Of one SKU the last item counts. An item may be sent again without any effect. */
  'import-products': defineMethod(
    z.strictObject({ items: z.array(productInput).min(1).max(MAX_IMPORT_BATCH) }),
    z.strictObject({ results: z.array(importResult) }),
  ),
  /** In order of SKU, from the first one after `after`; without `next`, nothing follows. */
  'export-products': defineMethod(
    z.strictObject({ after: sku.optional(), limit: z.int().min(1).max(500).default(200) }),
    z.strictObject({ items: z.array(productFields), next: sku.optional() }),
  ),
  'delete-product': defineMethod(z.strictObject({ sku, expectedVersion }), z.strictObject({ sku, version })),
} as const;
