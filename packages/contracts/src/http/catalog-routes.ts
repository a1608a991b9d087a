import { z } from 'zod';
import { surrogateKeyOf } from '../messages/cache.ts';
import {
  catalogMethods,
  importReportLine,
  product,
  productPage,
  productSort,
  productSuggestions,
  STOCK_AGE_SECONDS,
  type Product,
} from '../methods/catalog.ts';
import { category, productFields, productInput, productPatch } from '../product.ts';
import { asOf, cursor, sku, text } from '../values.ts';
import { flagText, integerText, listText, pageQuery } from './query.ts';
import type { RequestParts, Route } from './route.ts';

const params = z.strictObject({ sku });
const etag = { etag: 'Begins with the version; send it back as If-Match or If-None-Match' };
const ifMatch = z.strictObject({
  'if-match': z
    .string()
    .regex(/^"[1-9][0-9]{0,8}(-[A-Za-z0-9_-]{1,64})?"$/, 'a quoted version, or an ETag as it was given')
    .optional()
    .meta({ description: 'Refuses the change when the product has another version', example: '"2"' }),
});

const priceText = integerText(0, 1_000_000_000).optional();
const searchQuery = z.strictObject({
  q: text(0, 200).optional(),
  category: category.optional(),
  brand: text(1, 100).optional(),
  minPrice: priceText.meta({ description: 'Minor units of the currency of the shop' }),
  maxPrice: priceText.meta({ description: 'Minor units of the currency of the shop' }),
  inStock: flagText.optional(),
  sort: productSort.optional(),
  cursor: cursor.optional(),
  ids: listText(sku).optional().meta({ description: 'Up to 100 SKUs; excludes every other parameter' }),
  ...pageQuery,
});

function versionOf(headers: RequestParts['headers']) {
  const match = headers['if-match'];
  return typeof match === 'string' ? { expectedVersion: Number.parseInt(match.slice(1), 10) } : {};
}

function keysOfProduct({ params: path }: RequestParts) {
  return [surrogateKeyOf.product(path['sku'] ?? '')];
}

export const catalogRoutes: readonly Route[] = [
  {
    id: 'searchProducts',
    method: 'get',
    path: '/api/products',
    tag: 'Catalog',
    summary: 'Search products, with filters, facets and cursors',
    access: 'public',
    query: searchQuery.omit({ ids: true }),
    service: 'catalog',
    call: 'search-products',
    toInput: ({ query }) => query,
    success: 200,
    response: { description: 'A page of products', schema: productPage },
    problems: ['invalid-request', 'search-unavailable'],
    cache: 'public, max-age=5, s-maxage=3, stale-if-error=60',
    surrogateKeys: () => [surrogateKeyOf.searches],
    ageSeconds: STOCK_AGE_SECONDS,
  },
  {
    id: 'suggestProducts',
    method: 'get',
    path: '/api/products/suggest',
    tag: 'Catalog',
    summary: 'Products whose name goes on like what somebody is typing',
    access: 'public',
    query: z.strictObject({ q: text(1, 100), limit: integerText(1, 20).optional() }),
    service: 'catalog',
    call: 'suggest-products',
    toInput: ({ query }) => query,
    success: 200,
    response: { description: 'The likeliest first', schema: productSuggestions },
    problems: ['invalid-request', 'search-unavailable'],
    cache: 'public, max-age=5, s-maxage=3, stale-if-error=60',
    surrogateKeys: () => [surrogateKeyOf.searches],
  },
  {
    id: 'exportProducts',
    method: 'get',
    path: '/api/products/export',
    tag: 'Catalog',
    summary: 'All products as lines of JSON, in order of SKU, as an import takes them',
    access: 'staff',
    query: z.strictObject({
      after: sku.optional().meta({ description: 'The last SKU received, to go on after it' }),
    }),
    bulk: { kind: 'export' },
    service: 'catalog',
    call: 'export-products',
    toInput: ({ query }) => query,
    success: 200,
    response: { description: 'A product in each line', schema: productFields },
    problems: ['invalid-request', 'products-unavailable'],
  },
  {
    id: 'importProducts',
    method: 'post',
    path: '/api/products/import',
    tag: 'Catalog',
    summary:
      'Create or change products, one in each line of JSON; may be repeated, and go on where it stopped',
    access: 'admin',
    query: z.strictObject({
      from: integerText(1, 1_000_000_000)
        .optional()
        .meta({ description: 'The first line to handle; those before it are passed over' }),
    }),
    bulk: { kind: 'import', line: productInput },
    service: 'catalog',
    call: 'import-products',
    toInput: ({ body }) => ({ items: body }),
    success: 200,
    response: {
      description: 'Refused lines (the first 1,000), how far it is, and at last `done` or `stopped`',
      schema: importReportLine,
    },
    problems: ['invalid-request', 'products-unavailable', 'overloaded'],
  },
  {
    id: 'getProductsBySku',
    method: 'get',
    path: '/api/products?ids',
    tag: 'Catalog',
    summary: 'Read up to 100 products at once',
    access: 'public',
    query: z.strictObject({ ids: listText(sku) }),
    service: 'catalog',
    call: 'get-products',
    toInput: ({ query }) => ({ skus: query['ids'] }),
    success: 200,
    response: { description: 'Those that exist', schema: catalogMethods['get-products'].output },
    problems: ['invalid-request', 'products-unavailable'],
  },
  {
    id: 'getProduct',
    method: 'get',
    path: '/api/products/{sku}',
    tag: 'Catalog',
    summary: 'Read a product, now or as it was',
    access: 'public',
    params,
    query: z.strictObject({ asOf: asOf.optional() }),
    service: 'catalog',
    call: 'get-product',
    toInput: ({ params, query }) => ({ ...params, ...query }),
    success: 200,
    response: { description: 'The product', schema: product, headers: etag },
    problems: ['invalid-request', 'not-found', 'products-unavailable'],
    cache: 'public, max-age=10, s-maxage=4, stale-if-error=60',
    surrogateKeys: keysOfProduct,
    ageSeconds: STOCK_AGE_SECONDS,
  },
  {
    id: 'getProductEvents',
    method: 'get',
    path: '/api/products/{sku}/events',
    tag: 'Catalog',
    summary: 'The history of a product',
    access: 'staff',
    params,
    service: 'catalog',
    call: 'get-product-events',
    toInput: ({ params }) => params,
    success: 200,
    response: { description: 'Oldest first', schema: catalogMethods['get-product-events'].output },
    problems: ['not-found', 'products-unavailable'],
  },
  {
    id: 'createProduct',
    method: 'post',
    path: '/api/products',
    tag: 'Catalog',
    summary: 'Add a product',
    access: 'admin',
    body: productInput,
    service: 'catalog',
    call: 'create-product',
    toInput: ({ body }) => body,
    success: 201,
    toAnswer: (value) => ({
      body: value,
      headers: { location: `/api/products/${encodeURIComponent((value as Product).sku)}` },
    }),
    response: { description: 'The product', schema: product, headers: { ...etag, location: 'Its address' } },
    problems: ['invalid-request', 'product-exists', 'sku-reserved', 'wrong-currency', 'products-unavailable'],
  },
  {
    id: 'updateProduct',
    method: 'patch',
    path: '/api/products/{sku}',
    tag: 'Catalog',
    summary: 'Change fields of a product',
    access: 'admin',
    params,
    headers: ifMatch,
    body: productPatch,
    service: 'catalog',
    call: 'update-product',
    surrogateKeys: keysOfProduct,
    toInput: ({ params, headers, body }) => ({ ...params, ...versionOf(headers), patch: body }),
    success: 200,
    response: { description: 'The product', schema: product, headers: etag },
    problems: ['invalid-request', 'not-found', 'version-conflict', 'wrong-currency', 'products-unavailable'],
  },
  {
    id: 'deleteProduct',
    method: 'delete',
    path: '/api/products/{sku}',
    tag: 'Catalog',
    summary: 'Withdraw a product; its history stays',
    access: 'admin',
    params,
    headers: ifMatch,
    service: 'catalog',
    call: 'delete-product',
    surrogateKeys: keysOfProduct,
    toInput: ({ params, headers }) => ({ ...params, ...versionOf(headers) }),
    success: 200,
    response: {
      description: 'The version that withdrew it',
      schema: catalogMethods['delete-product'].output,
    },
    problems: ['not-found', 'version-conflict', 'products-unavailable'],
  },
];

/** `suggest` and the like: a product of such a name could not be read at its address. */
export const reservedSkus: ReadonlySet<string> = new Set(
  catalogRoutes.flatMap(({ path }) => /^\/api\/products\/([^/{?]+)$/.exec(path)?.[1] ?? []),
);
