import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { UpstreamError } from '@ecommercestack/kit';
import { errors, exportJWK, generateKeyPair, jwtVerify, SignJWT, type CryptoKey } from 'jose';
import { openKeySet } from './key-set.ts';

test('keys outlive an outage of whoever publishes them, and none is taken on trust', async () => {
  const [known, unknown] = await Promise.all([generateKeyPair('ES256'), generateKeyPair('ES256')]);
  const jwks = { keys: [{ ...(await exportJWK(known.publicKey)), kid: 'known', alg: 'ES256' }] };
  const server = createServer((_req, res) => res.end(JSON.stringify(jwks))).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/keys`);
  const sign = (kid: string, key: CryptoKey) =>
    new SignJWT({}).setProtectedHeader({ alg: 'ES256', kid }).sign(key);
  const token = await sign('known', known.privateKey);
  const stranger = await sign('unknown', unknown.privateKey);

  const set = await openKeySet(url, 0);
  const { keys } = set;
  await jwtVerify(token, keys);
  await assert.rejects(jwtVerify(stranger, keys), { code: 'ERR_JWKS_NO_MATCHING_KEY' });

  server.closeAllConnections();
  server.close();
  await jwtVerify(token, keys);
  await assert.rejects(jwtVerify(stranger, keys), (error) => !(error instanceof errors.JWKSNoMatchingKey));
  assert.equal((await set.published()).keys.length, 1);

  const never = await openKeySet(url, 0);
  await assert.rejects(jwtVerify(token, never.keys));
  await assert.rejects(never.published(), UpstreamError);
});
