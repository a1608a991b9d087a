/** Writes the answer of a route: JSON with an entity tag, or 304 where the client has it already. */
import { hash } from 'node:crypto';
import type { Route, RouteAnswer } from '@ecommercestack/contracts';
import type { Request, Response } from 'express';

export interface Audience {
  readonly authenticated: boolean;
  /** The answer sets a cookie, so only this client's own cache may keep it. */
  readonly personal: boolean;
}

export function sendAnswer(
  req: Request,
  res: Response,
  route: Route,
  answer: RouteAnswer,
  audience: Audience,
): void {
  const text = JSON.stringify(answer.body);
  if (answer.headers !== undefined) res.set(answer.headers);
  res.setHeader('cache-control', cacheControl(route, audience));
  if (hasEntityTag(route)) {
    const tag = entityTag(answer.body, text);
    res.setHeader('etag', tag);
    if (route.method === 'get' && matches(req.headers['if-none-match'], tag)) {
      res.status(304).end();
      return;
    }
  }
  res.status(route.success).setHeader('content-type', 'application/json; charset=utf-8');
  res.setHeader('content-length', Buffer.byteLength(text));
  res.end(text);
}

/** Every read has one; a write has one where its answer can be used for `If-Match`. */
export function hasEntityTag(route: Route): boolean {
  return route.stream !== true && (route.method === 'get' || route.response.headers?.['etag'] !== undefined);
}

/** The version alone would not do: stock levels change a product's answer and not its version. */
function entityTag(body: unknown, text: string): string {
  const digest = hash('sha1', text, 'base64url').slice(0, 16);
  const version = typeof body === 'object' && body !== null && 'version' in body ? body.version : undefined;
  const isKnown = typeof version === 'number' || typeof version === 'string';
  return isKnown ? `"${version}-${digest}"` : `"${digest}"`;
}

/** Weak comparison (RFC 9110 §13.1.2). */
function matches(ifNoneMatch: string | undefined, tag: string): boolean {
  if (ifNoneMatch === undefined) return false;
  return ifNoneMatch.split(',').some((entry) => {
    const candidate = entry.trim();
    return candidate === '*' || candidate === tag || candidate === `W/${tag}`;
  });
}

function cacheControl(route: Route, audience: Audience): string {
  if (route.cache === undefined || audience.authenticated) return 'no-store';
  return audience.personal ? route.cache.replace('public', 'private') : route.cache;
}
