import { z } from 'zod';

/** The error catalogue: every stable `code`, its HTTP status and its title (RFC 9457). */
export const problems = {
  'invalid-request': { status: 400, title: 'The request does not match its schema' },
  'invalid-signature': { status: 400, title: 'The signature does not match the body' },
  unauthenticated: { status: 401, title: 'A valid access token is needed' },
  forbidden: { status: 403, title: 'The role of the caller does not allow this' },
  'not-found': { status: 404, title: 'There is no such thing, or the caller may not see it' },
  'method-not-allowed': { status: 405, title: 'The resource does not support this method' },
  'order-not-cancellable': { status: 409, title: 'The order can no longer be cancelled' },
  'order-not-refundable': { status: 409, title: 'Only a confirmed order can be refunded' },
  'product-exists': { status: 409, title: 'A product with this SKU exists or existed' },
  'dead-letter-closed': { status: 409, title: 'The dead letter has been replayed or discarded' },
  'version-conflict': { status: 412, title: 'The resource has changed since it was read' },
  'payload-too-large': { status: 413, title: 'The body is too large' },
  'uri-too-long': { status: 414, title: 'The URL is too long' },
  'unsupported-media-type': { status: 415, title: 'The body must be application/json' },
  'idempotency-key-reused': { status: 422, title: 'The idempotency key was used with another body' },
  'unknown-product': { status: 422, title: 'The catalog has no such product' },
  'mixed-currency': { status: 422, title: 'All lines of an order must share one currency' },
  'currency-mismatch': { status: 422, title: 'The products are not sold in the currency asked for' },
  'sku-reserved': { status: 422, title: 'The address of a product with this SKU is taken by the API itself' },
  'wrong-currency': { status: 422, title: 'The shop sells in another currency' },
  'card-number-refused': { status: 422, title: 'Card numbers are never accepted; send a payment token' },
  'precondition-required': {
    status: 428,
    title: 'The change must name the version that was read (If-Match)',
  },
  'rate-limited': { status: 429, title: 'Too many requests' },
  'too-many-streams': { status: 429, title: 'Too many event streams are open for this caller' },
  internal: { status: 500, title: 'Something went wrong on our side' },
  'upstream-failed': { status: 502, title: 'A service behind the gateway failed' },
  'upstream-unavailable': { status: 503, title: 'A service behind the gateway is not available' },
  'products-unavailable': { status: 503, title: 'Products cannot be read or changed now' },
  'search-unavailable': { status: 503, title: 'Products cannot be searched now' },
  overloaded: { status: 503, title: 'The gateway has no room for this now' },
  'upstream-timeout': { status: 504, title: 'A service behind the gateway did not answer in time' },
} as const satisfies Record<string, { status: number; title: string }>;

export type ProblemCode = keyof typeof problems;

export function isProblemCode(code: string): code is ProblemCode {
  return Object.hasOwn(problems, code);
}

/** What every answer of 400 and above carries, as `application/problem+json`; some codes add members. */
export const problemDocument = z
  .looseObject({
    type: z.string(),
    title: z.string(),
    status: z.int().min(400).max(599),
    code: z.string(),
    detail: z.string().optional(),
    instance: z.string(),
    errors: z.array(z.strictObject({ path: z.string(), message: z.string() })).optional(),
  })
  .meta({ id: 'Problem', description: 'Problem details (RFC 9457) with a stable `code`' });
export type ProblemDocument = z.infer<typeof problemDocument>;
