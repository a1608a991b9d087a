/**
 * Cross-origin access for the pages of listed origins. Customers are known by a token in a header; the cookie of a
 * guest is `SameSite=Lax`, so credentials mode lets it come from other origins of the same site only.
 */
import type { RequestHandler } from 'express';

const ALLOW_HEADERS = [
  'authorization',
  'content-type',
  'idempotency-key',
  'if-match',
  'if-none-match',
  'last-event-id',
  'prefer',
  'x-canary',
  'x-request-id',
].join(', ');

const EXPOSE_HEADERS = [
  'etag',
  'idempotency-replayed',
  'location',
  'preference-applied',
  'ratelimit',
  'ratelimit-policy',
  'retry-after',
  'x-request-id',
  'x-served-by',
].join(', ');

const PREFLIGHT = {
  'access-control-allow-methods': 'GET, HEAD, POST, PUT, PATCH, DELETE',
  'access-control-allow-headers': ALLOW_HEADERS,
  'access-control-max-age': '600',
};

/** A preflight from anywhere else gets an answer without permission. */
export function cors(origins: readonly string[]): RequestHandler {
  const allowed = new Set(origins);
  return (req, res, next) => {
    res.vary('Origin');
    const { origin } = req.headers;
    const isPreflight =
      req.method === 'OPTIONS' && req.headers['access-control-request-method'] !== undefined;
    if (origin !== undefined && allowed.has(origin)) {
      res.set({
        'access-control-allow-origin': origin,
        'access-control-allow-credentials': 'true',
        'access-control-expose-headers': EXPOSE_HEADERS,
        // The listed origin may read what same-site would keep from it.
        'cross-origin-resource-policy': 'cross-origin',
        ...(isPreflight && PREFLIGHT),
      });
    }
    if (isPreflight) res.status(204).end();
    else next();
  };
}
