import { z } from 'zod';
import { inventoryMethods, restockQuantity, stock, stockLevel } from '../methods/inventory.ts';
import { idempotencyKey } from '../methods/order.ts';
import { sku } from '../values.ts';
import { listText } from './query.ts';
import type { Route } from './route.ts';

const params = z.strictObject({ sku });

export const inventoryRoutes: readonly Route[] = [
  {
    id: 'getStocks',
    method: 'get',
    path: '/api/inventory',
    tag: 'Inventory',
    summary: 'Stock of up to 100 SKUs',
    access: 'public',
    query: z.strictObject({ skus: listText(sku) }),
    service: 'inventory',
    call: 'get-stocks',
    toInput: ({ query }) => query,
    success: 200,
    response: { description: 'Those that exist', schema: inventoryMethods['get-stocks'].output },
    problems: ['invalid-request'],
  },
  {
    id: 'watchStock',
    method: 'get',
    path: '/api/inventory/stream',
    tag: 'Inventory',
    summary: 'Stock levels as they change (server-sent events)',
    access: 'public',
    query: z.strictObject({ skus: listText(sku).optional() }),
    service: 'inventory',
    call: 'watch-stock',
    toInput: ({ query }) => query,
    success: 200,
    response: { description: 'Events `stock-level`', schema: stockLevel },
    stream: true,
    problems: ['invalid-request'],
  },
  {
    id: 'getStock',
    method: 'get',
    path: '/api/inventory/{sku}',
    tag: 'Inventory',
    summary: 'Stock of one SKU',
    access: 'public',
    params,
    service: 'inventory',
    call: 'get-stock',
    toInput: ({ params }) => params,
    success: 200,
    response: { description: 'The stock', schema: stock },
    problems: ['invalid-request', 'not-found'],
  },
  {
    id: 'restock',
    method: 'post',
    path: '/api/inventory/{sku}/restock',
    tag: 'Inventory',
    summary: 'Add units to the stock',
    access: 'admin',
    params,
    headers: z.strictObject({ 'idempotency-key': idempotencyKey.optional() }),
    body: z.strictObject({ quantity: restockQuantity }).meta({ id: 'RestockRequest' }),
    service: 'inventory',
    call: 'restock',
    toInput: ({ params, headers, body }) => ({
      ...params,
      ...(body as { quantity: number }),
      ...(headers['idempotency-key'] !== undefined && { idempotencyKey: headers['idempotency-key'] }),
    }),
    success: 200,
    response: { description: 'The stock afterwards', schema: stock },
    problems: ['invalid-request', 'idempotency-key-reused'],
  },
];
