/** Answers reads that are the same for everybody out of the gateway's own cache. */
import type { RequestParts, Route } from '@ecommercestack/contracts';
import { requestIdOf } from '@ecommercestack/kit';
import type { Request, Response } from 'express';
import { isStaff, type Identity } from '../authentication/identity.ts';
import type { Choice } from '../canary/select.ts';
import type { CachedAnswer, CachedAnswers } from '../http-cache/cached-answers.ts';
import type { Deadline } from './deadline.ts';
import { callContext, type Upstream } from './upstream.ts';

export interface PublicRead {
  readonly key: string;
  readonly route: Route;
  readonly choice: Choice;
  readonly identity: Identity;
}

/** Undefined where an answer must not be shared: staff read past caches. */
export function publicRead(
  req: Request,
  route: Route,
  choice: Choice,
  identity: Identity,
): PublicRead | undefined {
  const { 'content-length': length = '0', 'transfer-encoding': encoding } = req.headers;
  const hasBody = length !== '0' || encoding !== undefined;
  if (route.cache === undefined || route.method !== 'get' || hasBody || isStaff(identity)) return undefined;
  return { key: `${choice.appId} ${req.originalUrl}`, route, choice, identity };
}

/** The call outlives a caller who leaves: others may wait for it. */
export function askFor(
  read: PublicRead,
  parts: RequestParts,
  res: Response,
  answers: CachedAnswers,
  upstream: Upstream,
): Promise<CachedAnswer> {
  const { key, route, choice, identity } = read;
  const deadline = sharedDeadline(upstream.timeoutMs(route, parts));
  const context = callContext(requestIdOf(res), identity, deadline);
  return answers.load(key, {
    route,
    surrogateKeys: surrogateKeysOf(route, parts),
    ask: () =>
      upstream.observe({ route, parts, choice, deadline }, (invoker) =>
        invoker.call(choice.appId, route.call, route.toInput(parts), context),
      ),
    render: (value) => route.toAnswer?.(value, parts) ?? { body: value },
  });
}

function surrogateKeysOf(route: Route, parts: RequestParts): readonly string[] {
  return route.surrogateKeys?.(parts) ?? [];
}

function sharedDeadline(timeoutMs: number): Deadline {
  const nothing = () => undefined;
  return {
    signal: AbortSignal.timeout(timeoutMs),
    clientLeft: () => false,
    lift: nothing,
    abort: nothing,
    end: nothing,
  };
}
