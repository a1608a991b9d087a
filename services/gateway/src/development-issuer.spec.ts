import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { systemClock } from '@ecommercestack/kit';
import { calculateJwkThumbprint, decodeProtectedHeader, type JWK } from 'jose';
import { openKeySet } from './authentication/key-set.ts';
import { createTokenVerifier } from './authentication/token-verifier.ts';
import { createDevelopmentIssuer, type DevelopmentIssuer } from './development-issuer.ts';

async function temporaryFolder() {
  const path = await mkdtemp(join(tmpdir(), 'issuer-'));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true }) };
}

async function verifierOf({ issuer, audience, jwksUrl }: DevelopmentIssuer) {
  const { keys } = await openKeySet(jwksUrl);
  return createTokenVerifier({ issuer, audience, keys, clock: systemClock });
}

describe('development issuer', () => {
  it('mints tokens that the gateway accepts', async () => {
    await using folder = await temporaryFolder();
    const issuer = await createDevelopmentIssuer(folder.path);
    const token = await issuer.mint({ customer: 'ada', roles: ['support'], expiresIn: 60 });
    const verifier = await verifierOf(issuer);
    assert.deepEqual(await verifier.verify(token), { kind: 'customer', id: 'ada', roles: ['support'] });
  });

  it('mints tokens that expire', async () => {
    await using folder = await temporaryFolder();
    const issuer = await createDevelopmentIssuer(folder.path);
    const expired = await issuer.mint({ customer: 'ada', expiresIn: '-1m' });
    assert.equal(await (await verifierOf(issuer)).verify(expired), undefined);
  });

  it('keeps one key, readable by its owner alone, named by its thumbprint', async () => {
    await using folder = await temporaryFolder();
    const first = await createDevelopmentIssuer(folder.path);
    const token = await first.mint({ customer: 'ada' });
    const again = await createDevelopmentIssuer(folder.path);
    assert.equal((await (await verifierOf(again)).verify(token))?.id, 'ada');

    const { mode } = await stat(join(folder.path, 'signing-key.json'));
    assert.equal(mode & 0o777, 0o600);
    const { keys } = JSON.parse(await readFile(first.jwksUrl, 'utf8')) as { keys: JWK[] };
    assert.equal(decodeProtectedHeader(token).kid, await calculateJwkThumbprint(keys[0] ?? {}));
    assert.equal(keys[0]?.d, undefined);
    assert.deepEqual((await readdir(folder.path)).toSorted(), ['jwks.json', 'signing-key.json']);
  });

  it('ends with one key where two processes start at once', async () => {
    await using folder = await temporaryFolder();
    const issuers = await Promise.all(Array.from({ length: 8 }, () => createDevelopmentIssuer(folder.path)));
    const tokens = await Promise.all(issuers.map((issuer) => issuer.mint({ customer: 'ada' })));
    assert.equal(new Set(tokens.map((token) => decodeProtectedHeader(token).kid)).size, 1);
  });
});
