/** What every request loses and every answer gains before any route sees it. */
import type { RequestHandler } from 'express';
import { refusal, sendRefusal } from '../refusal.ts';

const MAX_URL_BYTES = 4 * 1_024;
/** Headers by which a caller could pose as a proxy, a sidecar or the gateway itself. */
const FORBIDDEN = /^(?:x-user-|x-forwarded-|dapr-)|^forwarded$/;

export const stripHeaders: RequestHandler = (req, _res, next) => {
  // What trusted proxies said about the client's address is kept; it is read from a header that now goes.
  if (req.headers['x-forwarded-for'] !== undefined) Object.defineProperty(req, 'ip', { value: req.ip });
  for (const name of Object.keys(req.headers)) {
    if (FORBIDDEN.test(name)) delete req.headers[name];
  }
  next();
};

export const limitUrl: RequestHandler = (req, res, next) => {
  if (req.originalUrl.length <= MAX_URL_BYTES) next();
  else sendRefusal(res, refusal('uri-too-long'), { connection: 'close' });
};

/** `tls`: callers reach the gateway over TLS only. */
export function securityHeaders(tls: boolean): RequestHandler {
  const headers = {
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
    'cross-origin-resource-policy': 'same-site',
    ...(tls && { 'strict-transport-security': 'max-age=31536000; includeSubDomains' }),
  };
  return (_req, res, next) => {
    res.set(headers);
    next();
  };
}
