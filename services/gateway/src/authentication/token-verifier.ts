/** Checks access tokens (RFC 9068): ES256 only, `at+jwt`, issuer, audience and expiry. */
import { hash } from 'node:crypto';
import { customerId } from '@ecommercestack/contracts';
import { UpstreamError } from '@ecommercestack/kit';
import type { Clock } from '@ecommercestack/kit';
import { errors, jwtVerify } from 'jose';
import type { JWTVerifyGetKey } from 'jose';
import { LRUCache } from 'lru-cache';
import { rolesOf, type Identity } from './identity.ts';

const LEEWAY_SECONDS = 5;
const CACHED_TOKENS = 10_000;
/** Access tokens stay near 1 KB; anything longer is not one of ours. */
const MAX_TOKEN_LENGTH = 4_096;

type Customer = Extract<Identity, { kind: 'customer' }>;

export interface TokenVerifier {
  /** Undefined for any token that is not valid now; throws `UpstreamError` when the keys cannot be had. */
  verify(token: string): Promise<Customer | undefined>;
}

export interface TokenVerifierOptions {
  readonly issuer: string;
  readonly audience: string;
  readonly keys: JWTVerifyGetKey;
  readonly clock: Clock;
}

export function createTokenVerifier(options: TokenVerifierOptions): TokenVerifier {
  const { clock, keys } = options;
  const verified = new LRUCache<string, { readonly customer: Customer; readonly expiresAt: number }>({
    max: CACHED_TOKENS,
  });

  const check = async (token: string) => {
    const { payload } = await jwtVerify(token, keys, {
      algorithms: ['ES256'],
      typ: 'at+jwt',
      issuer: options.issuer,
      audience: options.audience,
      clockTolerance: LEEWAY_SECONDS,
      currentDate: clock.now(),
      requiredClaims: ['sub', 'exp'],
    });
    const subject = payload.sub ?? '';
    if (!isCustomerId(subject)) return undefined;
    const customer: Customer = { kind: 'customer', id: subject, roles: rolesOf(payload['roles']) };
    return { customer, expiresAt: ((payload.exp ?? 0) + LEEWAY_SECONDS) * 1_000 };
  };

  return {
    async verify(token) {
      if (token.length > MAX_TOKEN_LENGTH) return undefined;
      // The hash, so that a dump of the process does not show tokens in use.
      const key = hash('sha256', token, 'base64url');
      const known = verified.get(key);
      if (known !== undefined) return known.expiresAt > clock.now().getTime() ? known.customer : undefined;
      try {
        const fresh = await check(token);
        if (fresh !== undefined) verified.set(key, fresh);
        return fresh?.customer;
      } catch (error) {
        if (isBadToken(error)) return undefined;
        throw new UpstreamError('identity-provider', 'unavailable', { cause: error });
      }
    },
  };
}

/** `system` and `guest:…` are actors of the platform itself; nobody may become one by a token. */
function isCustomerId(subject: string): boolean {
  return customerId.safeParse(subject).success && subject !== 'system' && !subject.startsWith('guest:');
}

/** Apart from the token itself, the key set may fail: that is our fault, not the caller's. */
function isBadToken(error: unknown): boolean {
  if (error instanceof errors.JWKSTimeout || error instanceof errors.JWKSInvalid) return false;
  return error instanceof errors.JOSEError && error.code !== 'ERR_JOSE_GENERIC';
}
