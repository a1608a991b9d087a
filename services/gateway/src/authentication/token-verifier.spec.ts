import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { UpstreamError } from '@ecommercestack/kit';
import { fakeClock } from '@ecommercestack/kit/testing';
import fc from 'fast-check';
import { createLocalJWKSet, exportJWK, exportSPKI, generateKeyPair, SignJWT, UnsecuredJWT } from 'jose';
import type { CryptoKey, JWTHeaderParameters, JWTPayload } from 'jose';
import { createTokenVerifier } from './token-verifier.ts';

const START = '2030-01-01T00:00:00.000Z';
const now = Date.parse(START) / 1_000;
const issuer = 'https://issuer.example';
const audience = 'shop-api';
const header: JWTHeaderParameters = { alg: 'ES256', typ: 'at+jwt', kid: 'key-1' };
const claims: JWTPayload = {
  iss: issuer,
  aud: audience,
  sub: 'ada',
  iat: now,
  exp: now + 300,
  roles: ['customer'],
};

describe('token verifier', () => {
  let keys: { readonly publicKey: CryptoKey; readonly privateKey: CryptoKey };
  let jwks: ReturnType<typeof createLocalJWKSet>;

  before(async () => {
    keys = await generateKeyPair('ES256', { extractable: true });
    jwks = createLocalJWKSet({
      keys: [{ ...(await exportJWK(keys.publicKey)), kid: 'key-1', alg: 'ES256' }],
    });
  });

  const verifier = (clock = fakeClock(START)) => createTokenVerifier({ issuer, audience, keys: jwks, clock });

  const without = (claim: string): JWTPayload => ({ [claim]: undefined });

  const sign = (
    changes: JWTPayload = {},
    headers: Partial<JWTHeaderParameters> = {},
    key = keys.privateKey,
  ) => new SignJWT({ ...claims, ...changes }).setProtectedHeader({ ...header, ...headers }).sign(key);

  it('accepts a token of the issuer and knows its roles only', async () => {
    const token = await sign({ roles: ['admin', 'emperor', 7] });
    assert.deepEqual(await verifier().verify(token), { kind: 'customer', id: 'ada', roles: ['admin'] });
  });

  it('grants no role where the claim is missing or not a list', async () => {
    for (const roles of [undefined, 'admin', { 0: 'admin' }]) {
      assert.deepEqual((await verifier().verify(await sign({ roles })))?.roles, []);
    }
  });

  it('refuses what another key, issuer, audience or purpose made', async () => {
    const other = await generateKeyPair('ES256');
    const bad = {
      'another key': await sign({}, {}, other.privateKey),
      'an unknown key id': await sign({}, { kid: 'key-2' }),
      'another issuer': await sign({ iss: 'https://elsewhere.example' }),
      'another audience': await sign({ aud: 'other-api' }),
      'a refresh token': await sign({}, { typ: 'rt+jwt' }),
      'an id token': await sign({}, { typ: 'JWT' }),
      'no type': await new SignJWT(claims)
        .setProtectedHeader({ alg: 'ES256', kid: 'key-1' })
        .sign(keys.privateKey),
      'no expiry': await sign(without('exp')),
      'no subject': await sign(without('sub')),
      'not yet valid': await sign({ nbf: now + 60 }),
      'the system itself': await sign({ sub: 'system' }),
      'a guest': await sign({ sub: 'guest:1' }),
      'a subject that is no id': await sign({ sub: 'ada\nroot' }),
      'an unknown critical header': await sign({}, { crit: ['b64'], b64: false }).catch(() => 'a.b.c'),
    };
    for (const [what, token] of Object.entries(bad)) {
      assert.equal(await verifier().verify(token), undefined, what);
    }
  });

  it('refuses other algorithms, whoever signed', async () => {
    const unsecured = new UnsecuredJWT(claims).encode();
    const secret = new TextEncoder().encode(await exportSPKI(keys.publicKey));
    const symmetric = await new SignJWT(claims).setProtectedHeader({ ...header, alg: 'HS256' }).sign(secret);
    const rsa = await generateKeyPair('RS256');
    const asymmetric = await new SignJWT(claims)
      .setProtectedHeader({ ...header, alg: 'RS256' })
      .sign(rsa.privateKey);
    for (const token of [unsecured, symmetric, asymmetric]) {
      assert.equal(await verifier().verify(token), undefined);
    }
  });

  it('refuses every token that was changed in any place', async () => {
    const token = await sign();
    const changed = fc.tuple(fc.nat(token.length - 1), fc.stringMatching(/^[A-Za-z0-9_.-]$/));
    // The last character of the signature carries bits that decode to nothing.
    const applied = changed.filter(([at, char]) => token[at] !== char && at < token.length - 1);
    const subject = verifier();
    await fc.assert(
      fc.asyncProperty(applied, async ([at, char]) => {
        const tampered = token.slice(0, at) + char + token.slice(at + 1);
        assert.equal(await subject.verify(tampered), undefined);
      }),
      { numRuns: 300 },
    );
    assert.equal((await subject.verify(token))?.id, 'ada');
  });

  it('refuses text of any shape', async () => {
    const subject = verifier();
    await fc.assert(
      fc.asyncProperty(fc.string({ maxLength: 200 }), async (text) => {
        assert.equal(await subject.verify(text), undefined);
      }),
    );
    assert.equal(await subject.verify('a'.repeat(10_000)), undefined);
  });

  it('lets a token expire, a verified one too, with a leeway of 5 seconds', async () => {
    const clock = fakeClock(START);
    const subject = verifier(clock);
    const token = await sign();
    assert.equal((await subject.verify(token))?.id, 'ada');
    clock.advance(304_000);
    assert.equal((await subject.verify(token))?.id, 'ada');
    assert.equal((await verifier(clock).verify(token))?.id, 'ada');
    clock.advance(1_000);
    assert.equal(await subject.verify(token), undefined);
    assert.equal(await verifier(clock).verify(token), undefined);
  });

  it('checks a signature once while the token lasts', async () => {
    let asked = 0;
    const counted: typeof jwks = Object.assign(
      (...given: Parameters<typeof jwks>) => {
        asked += 1;
        return jwks(...given);
      },
      { jwks: jwks.jwks },
    );
    const subject = createTokenVerifier({ issuer, audience, keys: counted, clock: fakeClock(START) });
    const token = await sign();
    await subject.verify(token);
    await subject.verify(token);
    assert.equal(asked, 1);
  });

  it('blames itself, and not the caller, where the keys cannot be had', async () => {
    const unreachable = () => Promise.reject(new TypeError('fetch failed'));
    const subject = createTokenVerifier({ issuer, audience, keys: unreachable, clock: fakeClock(START) });
    await assert.rejects(subject.verify(await sign()), UpstreamError);
  });
});
