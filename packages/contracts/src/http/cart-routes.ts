import { z } from 'zod';
import { cart, cartRequest, NO_CART } from '../methods/cart.ts';
import type { RequestParts, Route } from './route.ts';

const versionInTag = z
  .string()
  .regex(/^"(none|[a-p]{16})(-[A-Za-z0-9_-]{1,64})?"$/, 'a quoted version, or an ETag as it was given')
  .transform((tag) => tag.split(/["-]/)[1])
  .optional()
  .meta({ description: 'The cart that this change is made to', example: '"none"' });

const ifMatch = { 'if-match': versionInTag };
const putHeaders = z
  .strictObject({
    ...ifMatch,
    'if-none-match': z
      .literal('*')
      .optional()
      .meta({ description: 'Instead of If-Match: only if there is no cart yet' }),
  })
  .refine((headers) => headers['if-match'] === undefined || headers['if-none-match'] === undefined, {
    message: 'send If-Match or If-None-Match, not both',
  });

function seenVersion(headers: RequestParts['headers']) {
  const seen = headers['if-none-match'] === undefined ? headers['if-match'] : NO_CART;
  return seen === undefined ? {} : { ifVersion: seen };
}

const headers = { etag: 'Begins with the version; send it back as If-Match or If-None-Match' };
const response = { schema: cart, headers };
const address = { path: '/api/cart', tag: 'Cart', access: 'guest', service: 'order', success: 200 } as const;

export const cartRoutes: readonly Route[] = [
  {
    ...address,
    id: 'getCart',
    method: 'get',
    summary: "The caller's cart at today's prices; an empty one when there is none",
    call: 'get-cart',
    toInput: () => ({}),
    response: { ...response, description: 'The cart' },
    problems: [],
  },
  {
    ...address,
    id: 'putCart',
    method: 'put',
    summary: 'Replace the cart that was read by another',
    headers: putHeaders,
    body: cartRequest,
    call: 'put-cart',
    toInput: ({ headers: given, body }) => ({ ...(body as object), ...seenVersion(given) }),
    response: { ...response, description: 'The cart' },
    problems: ['invalid-request', 'unknown-product', 'version-conflict', 'precondition-required'],
  },
  {
    ...address,
    id: 'deleteCart',
    method: 'delete',
    summary: 'Forget the cart that was read',
    headers: z.strictObject(ifMatch),
    call: 'delete-cart',
    toInput: ({ headers: given }) => seenVersion(given),
    response: { ...response, description: 'The empty cart' },
    problems: ['invalid-request', 'version-conflict', 'precondition-required'],
  },
];
