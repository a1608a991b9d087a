/** One of the many calls behind a bulk request: tried again where the service is away for a moment. */
import { setTimeout as pause } from 'node:timers/promises';
import type { RequestParts, Route } from '@ecommercestack/contracts';
import { requestIdOf } from '@ecommercestack/kit';
import type { Outcome } from '@ecommercestack/kit';
import type { Response } from 'express';
import type { Identity } from '../authentication/identity.ts';
import type { Choice } from '../canary/select.ts';
import { startDeadline } from '../routing/deadline.ts';
import { callContext, type Upstream } from '../routing/upstream.ts';

export interface BulkCall {
  readonly route: Route;
  readonly parts: RequestParts;
  readonly choice: Choice;
  readonly identity: Identity;
}

export interface BulkOptions {
  readonly upstream: Upstream;
  /** The gateway stops: no further call is begun. */
  readonly stopping: AbortSignal;
}

const ATTEMPTS = 5;
const FIRST_PAUSE_MS = 200;

/** Undefined when the client has left. Repeating a call does no harm: the methods of bulk routes are idempotent. */
export async function callBatch(
  res: Response,
  { route, choice, identity, parts }: BulkCall,
  { upstream, stopping }: BulkOptions,
): Promise<Outcome<unknown> | undefined> {
  for (let attempt = 1; ; attempt += 1) {
    const deadline = startDeadline(res, upstream.timeoutMs(route, parts));
    try {
      const context = callContext(requestIdOf(res), identity, deadline);
      const outcome = await upstream.observe({ route, parts, choice, deadline }, (invoker) =>
        invoker.call(choice.appId, route.call, route.toInput(parts), context),
      );
      if (deadline.clientLeft() || res.destroyed) return undefined;
      const again =
        !outcome.ok && isMomentary(outcome.problem.code) && attempt < ATTEMPTS && !stopping.aborted;
      if (!again) return outcome;
    } finally {
      deadline.end();
    }
    await pause(FIRST_PAUSE_MS * 2 ** (attempt - 1), undefined, { signal: stopping }).catch(() => undefined);
  }
}

function isMomentary(code: string): boolean {
  return code.startsWith('upstream-') || code.endsWith('-unavailable');
}
