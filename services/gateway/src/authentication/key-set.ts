/** The public keys that sign access tokens. */
import { readFile } from 'node:fs/promises';
import { UpstreamError } from '@ecommercestack/kit';
import { createLocalJWKSet, createRemoteJWKSet, customFetch, errors } from 'jose';
import type { JSONWebKeySet, JWTVerifyGetKey } from 'jose';

export interface KeySet {
  readonly keys: JWTVerifyGetKey;
  /** What `/.well-known/jwks.json` shows: public parts only. */
  published(): Promise<JSONWebKeySet>;
}

/** Keys are asked for again after this. */
const MAX_AGE_MS = 600_000;
/** So long those that were had last are good while nobody answers: customers have done nothing wrong. */
const KEPT_MS = 24 * 3_600_000;

/** `file:` is read now; `http(s):` is fetched when first needed, again for unknown key ids and when it is old. */
export async function openKeySet(url: URL, maxAgeMs = MAX_AGE_MS): Promise<KeySet> {
  if (url.protocol === 'file:') {
    const set = publicPart(JSON.parse(await readFile(url, 'utf8')) as JSONWebKeySet);
    return { keys: createLocalJWKSet(set), published: () => Promise.resolve(set) };
  }
  let fetchedAt = Number.NEGATIVE_INFINITY;
  const remote = createRemoteJWKSet(url, {
    timeoutDuration: 3_000,
    cacheMaxAge: maxAgeMs,
    [customFetch]: async (...request) => {
      const response = await fetch(...request);
      if (response.ok) fetchedAt = performance.now();
      return response;
    },
  });
  return {
    async keys(header, token) {
      try {
        return await remote(header, token);
      } catch (error) {
        const known = performance.now() - fetchedAt < KEPT_MS ? remote.jwks() : undefined;
        if (known === undefined || error instanceof errors.JWKSNoMatchingKey) throw error;
        // A key that is not known either has to be asked for, which is what has failed.
        return createLocalJWKSet(known)(header, token).catch(() => Promise.reject(error));
      }
    },
    published: async () => {
      if (remote.jwks() === undefined) await remote.reload().catch(unavailable);
      return publicPart(remote.jwks() ?? { keys: [] });
    },
  };
}

function unavailable(cause: unknown): never {
  throw new UpstreamError('identity-provider', 'unavailable', { cause });
}

/** An allow-list: a private part that slipped into the file is neither used nor shown. */
function publicPart(set: JSONWebKeySet): JSONWebKeySet {
  const keys = set.keys.map(({ kty, crv, x, y, kid, alg, use }) => ({ kty, crv, x, y, kid, alg, use }));
  return { keys: JSON.parse(JSON.stringify(keys)) as JSONWebKeySet['keys'] };
}
