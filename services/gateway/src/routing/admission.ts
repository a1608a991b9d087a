/** Who may come in: identity, rate limit and role, before a byte of the body is read. */
import type { Route } from '@ecommercestack/contracts';
import type { Outcome } from '@ecommercestack/kit';
import type { Request, Response } from 'express';
import { accessRefusal, type Identity } from '../authentication/identity.ts';
import type { TokenVerifier } from '../authentication/token-verifier.ts';
import type { Policy, RateLimiter } from '../rate-limit/limiter.ts';
import { refusal } from '../refusal.ts';
import { identify, networkOf } from '../request/caller.ts';

export interface AdmissionOptions {
  readonly verifier: TokenVerifier;
  readonly limiter: RateLimiter;
}

/** Sets the rate-limit and `WWW-Authenticate` headers as it goes. */
export async function admit(
  req: Request,
  res: Response,
  route: Pick<Route, 'access' | 'rawBody'>,
  { verifier, limiter }: AdmissionOptions,
): Promise<Outcome<Identity>> {
  const identified = await identify(req, verifier).catch((error: unknown) => ({ error }));
  // Where nobody can be identified, nobody is let past the limit.
  const { policy, caller } = budgetOf(req, route, 'error' in identified ? undefined : identified);
  const decision = limiter.take(policy, caller);
  res.set(decision.headers);
  if (!decision.allowed) return { ok: false, problem: refusal('rate-limited') };
  if ('error' in identified) throw identified.error;
  if (!identified.ok) {
    res.setHeader('www-authenticate', 'Bearer error="invalid_token"');
    return identified;
  }
  const refused = accessRefusal(route.access, identified.value);
  if (refused === undefined) return identified;
  if (refused === 'unauthenticated') res.setHeader('www-authenticate', 'Bearer');
  return { ok: false, problem: refusal(refused) };
}

/** A guest's cookie is theirs to drop, and so is a bad token: both spend the budget of their network. */
function budgetOf(
  req: Request,
  route: Pick<Route, 'rawBody'>,
  identified: Outcome<Identity> | undefined,
): { readonly policy: Policy; readonly caller: string } {
  const network = networkOf(req.ip ?? '');
  if (route.rawBody === true) return { policy: 'webhook', caller: network };
  if (identified?.ok !== true || identified.value.kind === 'guest')
    return { policy: 'guest', caller: network };
  return { policy: 'customer', caller: identified.value.id };
}
