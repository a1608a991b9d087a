/** Writes the answer of a route: JSON with an entity tag, or 304 where the client has it already. */
import { hash } from 'node:crypto';
import type { Route, RouteAnswer } from '@ecommercestack/contracts';
import type { Request, Response } from 'express';

export interface Audience {
  readonly authenticated: boolean;
  /** The answer sets a cookie, so only this client's own cache may keep it. */
  readonly personal: boolean;
}

/** An answer as it goes out, whoever asked. */
export interface RenderedAnswer {
  readonly body: Buffer;
  readonly headers: Readonly<Record<string, string>>;
  /** Absent where the route has none. */
  readonly tag?: string;
}

/** How an answer from a cache differs. */
export interface Reuse {
  readonly ageSeconds: number;
  readonly surrogateKeys: readonly string[];
}

export function renderAnswer(route: Route, { body, headers = {} }: RouteAnswer): RenderedAnswer {
  const text = JSON.stringify(body);
  return { body: Buffer.from(text), headers, ...(hasEntityTag(route) && { tag: entityTag(body, text) }) };
}

export function sendAnswer(
  req: Request,
  res: Response,
  route: Route,
  answer: RenderedAnswer,
  audience: Audience,
  reuse?: Reuse,
): void {
  const { body, headers, tag } = answer;
  res.set(headers);
  const control = cacheControl(route, audience);
  res.setHeader('cache-control', control);
  if (reuse !== undefined && control !== 'no-store') {
    res.setHeader('age', String(reuse.ageSeconds));
    if (!audience.personal) res.setHeader('surrogate-key', reuse.surrogateKeys.join(' '));
  }
  if (tag !== undefined) {
    res.setHeader('etag', tag);
    if (route.method === 'get' && matches(req.headers['if-none-match'], tag)) {
      res.status(304).end();
      return;
    }
  }
  res.status(route.success).setHeader('content-type', 'application/json; charset=utf-8');
  res.setHeader('content-length', body.length);
  res.end(body);
}

/** Every read has one; a write has one where its answer can be used for `If-Match`. */
export function hasEntityTag(route: Route): boolean {
  const isWhole = route.stream !== true && route.bulk === undefined;
  return isWhole && (route.method === 'get' || route.response.headers?.['etag'] !== undefined);
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
