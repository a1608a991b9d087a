import { z } from 'zod';
import {
  idempotencyKey,
  order,
  orderMethods,
  orderRequest,
  orderStatus,
  type Order,
} from '../methods/order.ts';
import { asOf, cursor, customerId, orderId } from '../values.ts';
import { integerText, listText, pageQuery } from './query.ts';
import type { RequestParts, Route, RouteAnswer } from './route.ts';

const params = z.strictObject({ orderId });

const MAX_WAIT_SECONDS = 30;

/** RFC 7240: other preferences are ignored, and a longer wait than we offer is shortened. */
function waitOf(prefer: string): number | undefined {
  const seconds = /(?:^|[,;\s])wait=([0-9]{1,9})(?=$|[,;\s])/i.exec(prefer)?.[1];
  return seconds === undefined ? undefined : Math.min(Number(seconds), MAX_WAIT_SECONDS) * 1_000;
}

const placeHeaders = z.strictObject({
  'idempotency-key': idempotencyKey.optional(),
  prefer: z.string().max(200).transform(waitOf).optional().meta({
    description: '`wait=5` answers when the order is terminal, or after 5 s; at most 30 s',
    example: 'wait=5',
  }),
});

function waitMsOf(headers: RequestParts['headers']): number {
  return typeof headers['prefer'] === 'number' ? headers['prefer'] : 0;
}

function placedAnswer(value: unknown, { headers }: RequestParts): RouteAnswer {
  const placed = value as { readonly order: Order; readonly replayed: boolean };
  const waited = headers['prefer'] !== undefined;
  return {
    body: placed.order,
    headers: {
      location: `/api/orders/${placed.order.orderId}`,
      ...(placed.replayed && { 'idempotency-replayed': 'true' }),
      ...(waited && { 'preference-applied': `wait=${waitMsOf(headers) / 1_000}` }),
    },
  };
}

export const orderRoutes: readonly Route[] = [
  {
    id: 'placeOrder',
    method: 'post',
    path: '/api/orders',
    tag: 'Orders',
    summary: 'Place an order; prices come from the catalog',
    access: 'customer',
    headers: placeHeaders,
    body: orderRequest,
    service: 'order',
    call: 'place-order',
    toInput: ({ headers, body }) => ({
      request: body,
      ...(headers['idempotency-key'] !== undefined && { idempotencyKey: headers['idempotency-key'] }),
      ...(headers['prefer'] !== undefined && { waitMs: headers['prefer'] }),
    }),
    waitMs: ({ headers }) => waitMsOf(headers),
    success: 202,
    toAnswer: placedAnswer,
    response: {
      description: 'Accepted, and never lost from here on',
      schema: order,
      headers: {
        location: 'The order',
        'idempotency-replayed': '`true` when this answers a repeat of the same key',
        'preference-applied': 'The wait that was granted',
      },
    },
    problems: [
      'invalid-request',
      'unknown-product',
      'mixed-currency',
      'currency-mismatch',
      'idempotency-key-reused',
      'card-number-refused',
    ],
  },
  {
    id: 'listOrders',
    method: 'get',
    path: '/api/orders',
    tag: 'Orders',
    summary: 'Orders of the caller (staff: of everybody), newest first',
    access: 'customer',
    query: z.strictObject({
      status: orderStatus.optional(),
      customerId: customerId.optional(),
      cursor: cursor.optional(),
      ...pageQuery,
    }),
    service: 'order',
    call: 'list-orders',
    toInput: ({ query }) => query,
    success: 200,
    response: { description: 'A page of orders', schema: orderMethods['list-orders'].output },
    problems: ['invalid-request'],
  },
  {
    id: 'getOrdersById',
    method: 'get',
    path: '/api/orders?ids',
    tag: 'Orders',
    summary: 'Read up to 100 orders at once; those the caller may not see are left out',
    access: 'customer',
    query: z.strictObject({ ids: listText(orderId) }),
    service: 'order',
    call: 'get-orders',
    toInput: ({ query }) => ({ orderIds: query['ids'] }),
    success: 200,
    response: { description: 'The orders', schema: orderMethods['get-orders'].output },
    problems: ['invalid-request'],
  },
  {
    id: 'getOrder',
    method: 'get',
    path: '/api/orders/{orderId}',
    tag: 'Orders',
    summary: 'Read an order, now or as it was',
    access: 'customer',
    params,
    query: z.strictObject({ asOf: asOf.optional() }),
    service: 'order',
    call: 'get-order',
    toInput: ({ params, query }) => ({ ...params, ...query }),
    success: 200,
    response: { description: 'The order', schema: orderMethods['get-order'].output },
    problems: ['invalid-request', 'not-found'],
  },
  {
    id: 'getOrderEvents',
    method: 'get',
    path: '/api/orders/{orderId}/events',
    tag: 'Orders',
    summary: 'The audit trail of an order',
    access: 'customer',
    params,
    service: 'order',
    call: 'get-order-events',
    toInput: ({ params }) => params,
    success: 200,
    response: { description: 'Oldest first', schema: orderMethods['get-order-events'].output },
    problems: ['not-found'],
  },
  {
    id: 'watchOrder',
    method: 'get',
    path: '/api/orders/{orderId}/stream',
    tag: 'Orders',
    summary: 'The order after every change, until it is terminal (server-sent events)',
    access: 'customer',
    params,
    headers: z.strictObject({ 'last-event-id': integerText(0, 1_000_000).optional() }),
    service: 'order',
    call: 'watch-order',
    toInput: ({ params, headers }) => ({
      ...params,
      ...(headers['last-event-id'] !== undefined && { afterVersion: headers['last-event-id'] }),
    }),
    success: 200,
    response: { description: 'Events `order`; the id is the version', schema: order },
    stream: true,
    problems: ['not-found'],
  },
  {
    id: 'cancelOrder',
    method: 'post',
    path: '/api/orders/{orderId}/cancel',
    tag: 'Orders',
    summary: 'Cancel an order that is not yet being charged',
    access: 'customer',
    params,
    service: 'order',
    call: 'cancel-order',
    toInput: ({ params }) => params,
    success: 202,
    response: { description: 'The order, on its way to CANCELLED', schema: order },
    problems: ['not-found', 'order-not-cancellable'],
  },
  {
    id: 'refundOrder',
    method: 'post',
    path: '/api/orders/{orderId}/refund',
    tag: 'Orders',
    summary: 'Take back a confirmed order: refund it and release its stock',
    access: 'admin',
    params,
    service: 'order',
    call: 'refund-order',
    toInput: ({ params }) => params,
    success: 202,
    response: { description: 'The order, on its way to CANCELLED', schema: order },
    problems: ['not-found', 'order-not-refundable'],
  },
];
