/** Issues access tokens on a developer's machine. In production an identity provider does. */
import { randomUUID } from 'node:crypto';
import { chmod, link, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Role } from '@ecommercestack/contracts';
import { readIfThere } from '@ecommercestack/kit';
import { calculateJwkThumbprint, exportJWK, generateKeyPair, importJWK, SignJWT } from 'jose';
import type { JWK } from 'jose';

const KEY_FILE = 'signing-key.json';
const JWKS_FILE = 'jwks.json';

export interface MintOptions {
  /** The subject: the id of the customer. */
  readonly customer: string;
  readonly roles?: readonly Role[];
  /** Seconds, or a time span such as `5m`, `1h`. Default `1h`. */
  readonly expiresIn?: number | string;
}

export interface DevelopmentIssuer {
  readonly issuer: string;
  readonly audience: string;
  /** `file:` URL of the public keys, for the gateway's configuration. */
  readonly jwksUrl: URL;
  mint(options: MintOptions): Promise<string>;
}

/** The key pair is made at the first call and kept in `folder`, readable by its owner alone. */
export async function createDevelopmentIssuer(
  folder: string,
  options: { readonly issuer?: string; readonly audience?: string } = {},
): Promise<DevelopmentIssuer> {
  const issuer = options.issuer ?? 'https://development.ecommercestack.invalid';
  const audience = options.audience ?? 'shop-api';
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const jwk = await keptKey(folder);
  const kid = jwk.kid ?? '';
  const jwksFile = join(folder, JWKS_FILE);
  const { d: _private, ...publicKey } = jwk;
  await replace(jwksFile, JSON.stringify({ keys: [publicKey] }));
  const key = await importJWK(jwk, 'ES256');

  return {
    issuer,
    audience,
    jwksUrl: pathToFileURL(jwksFile),
    mint: ({ customer, roles = ['customer'], expiresIn = '1h' }) =>
      new SignJWT({ roles })
        .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid })
        .setIssuer(issuer)
        .setAudience(audience)
        .setSubject(customer)
        .setJti(randomUUID())
        .setIssuedAt()
        .setExpirationTime(typeof expiresIn === 'number' ? `${expiresIn}s` : expiresIn)
        .sign(key),
  };
}

async function keptKey(folder: string): Promise<JWK> {
  const file = join(folder, KEY_FILE);
  const kept = await readIfThere(file);
  if (kept !== undefined) {
    await chmod(file, 0o600);
    return JSON.parse(kept) as JWK;
  }
  const { privateKey } = await generateKeyPair('ES256', { extractable: true });
  const bare = await exportJWK(privateKey);
  const jwk: JWK = { ...bare, alg: 'ES256', use: 'sig', kid: await calculateJwkThumbprint(bare) };
  await place(file, JSON.stringify(jwk), 0o600);
  // Whoever came first wins, so that two processes started together end up with one key.
  return JSON.parse(await readFile(file, 'utf8')) as JWK;
}

/** Creates the file whole or leaves the one that is there. */
async function place(file: string, content: string, mode: number): Promise<void> {
  const draft = `${file}.${randomUUID()}`;
  await writeFile(draft, content, { mode, flag: 'wx' });
  try {
    await link(draft, file);
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
  } finally {
    await rm(draft);
  }
}

async function replace(file: string, content: string): Promise<void> {
  const draft = `${file}.${randomUUID()}`;
  await writeFile(draft, content, { mode: 0o644, flag: 'wx' });
  await rename(draft, file);
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
