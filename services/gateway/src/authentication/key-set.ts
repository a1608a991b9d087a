/** The public keys that sign access tokens. */
import { readFile } from 'node:fs/promises';
import { createLocalJWKSet, createRemoteJWKSet } from 'jose';
import type { JSONWebKeySet, JWTVerifyGetKey } from 'jose';

export interface KeySet {
  readonly keys: JWTVerifyGetKey;
  /** What `/.well-known/jwks.json` shows: public parts only. */
  published(): Promise<JSONWebKeySet>;
}

/** `file:` is read now; `http(s):` is fetched when first needed and again for unknown key ids. */
export async function openKeySet(url: URL): Promise<KeySet> {
  if (url.protocol === 'file:') {
    const set = publicPart(JSON.parse(await readFile(url, 'utf8')) as JSONWebKeySet);
    return { keys: createLocalJWKSet(set), published: () => Promise.resolve(set) };
  }
  const remote = createRemoteJWKSet(url, { timeoutDuration: 3_000 });
  return {
    keys: remote,
    published: async () => {
      if (remote.jwks() === undefined) await remote.reload();
      return publicPart(remote.jwks() ?? { keys: [] });
    },
  };
}

/** An allow-list: a private part that slipped into the file is neither used nor shown. */
function publicPart(set: JSONWebKeySet): JSONWebKeySet {
  const keys = set.keys.map(({ kty, crv, x, y, kid, alg, use }) => ({ kty, crv, x, y, kid, alg, use }));
  return { keys: JSON.parse(JSON.stringify(keys)) as JSONWebKeySet['keys'] };
}
