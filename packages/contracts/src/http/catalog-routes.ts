import { z } from 'zod';
import { catalogMethods, product, productPage, productSort, type Product } from '../methods/catalog.ts';
import { category, productInput, productPatch } from '../product.ts';
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
    problems: ['invalid-request'],
    cache: 'public, max-age=5',
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
    problems: ['invalid-request'],
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
    problems: ['invalid-request', 'not-found'],
    cache: 'public, max-age=10, stale-if-error=60',
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
    problems: ['not-found'],
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
    problems: ['invalid-request', 'product-exists', 'wrong-currency'],
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
    toInput: ({ params, headers, body }) => ({ ...params, ...versionOf(headers), patch: body }),
    success: 200,
    response: { description: 'The product', schema: product, headers: etag },
    problems: ['invalid-request', 'not-found', 'version-conflict', 'wrong-currency'],
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
    toInput: ({ params, headers }) => ({ ...params, ...versionOf(headers) }),
    success: 200,
    response: {
      description: 'The version that withdrew it',
      schema: catalogMethods['delete-product'].output,
    },
    problems: ['not-found', 'version-conflict'],
  },
];
