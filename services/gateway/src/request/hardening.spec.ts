import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { MethodTable } from '@ecommercestack/kit';
import type { Request, Response } from 'express';
import { startTestGateway } from '../testing/gateway.ts';
import { createClient, sendRaw } from '../testing/http.ts';
import { networkOf } from './caller.ts';
import { stripHeaders } from './hardening.ts';

const origin = 'https://shop.example';

describe('cross-origin access', () => {
  it('is for the pages of listed origins', async () => {
    await using gateway = await startTestGateway({
      env: { CORS_ORIGINS: `${origin}, https://m.shop.example` },
    });
    const allowed = await sendRaw(gateway.url, { path: '/api/products', headers: { origin } });
    assert.equal(allowed.headers.get('access-control-allow-origin'), origin);
    assert.match(allowed.headers.get('access-control-expose-headers') ?? '', /location/);
    assert.equal(allowed.headers.get('access-control-allow-credentials'), 'true');

    for (const stranger of ['https://evil.example', 'null', 'https://shop.example.evil.example']) {
      const refused = await sendRaw(gateway.url, { path: '/api/products', headers: { origin: stranger } });
      assert.equal(refused.headers.get('access-control-allow-origin'), null, stranger);
      assert.equal(refused.headers.get('access-control-allow-credentials'), null, stranger);
      assert.equal(refused.headers.get('vary'), 'Origin');
    }
  });

  it('is granted ahead of a request', async () => {
    await using gateway = await startTestGateway({ env: { CORS_ORIGINS: origin } });
    const ask = (from: string) =>
      sendRaw(gateway.url, {
        method: 'OPTIONS',
        path: '/api/orders',
        headers: { origin: from, 'access-control-request-method': 'POST' },
      });
    const granted = await ask(origin);
    assert.equal(granted.status, 204);
    assert.match(granted.headers.get('access-control-allow-methods') ?? '', /POST/);
    assert.match(granted.headers.get('access-control-allow-headers') ?? '', /idempotency-key/);
    const refused = await ask('https://evil.example');
    assert.deepEqual([refused.status, refused.headers.get('access-control-allow-methods')], [204, null]);
  });
});

describe('headers', () => {
  it('protect every answer, refusals included', async () => {
    await using gateway = await startTestGateway({ env: { TLS: 'true' } });
    for (const path of ['/api/products', '/api/orders', '/nothing', '/docs', '/openapi.json']) {
      const { headers } = await sendRaw(gateway.url, { path });
      assert.equal(headers.get('x-content-type-options'), 'nosniff', path);
      assert.equal(headers.get('referrer-policy'), 'no-referrer', path);
      assert.match(headers.get('content-security-policy') ?? '', /frame-ancestors 'none'/, path);
      assert.doesNotMatch(headers.get('content-security-policy') ?? '', /script-src[^;]*unsafe/, path);
      assert.match(headers.get('strict-transport-security') ?? '', /max-age=31536000/, path);
      assert.equal(headers.get('cross-origin-resource-policy'), 'same-site', path);
      assert.equal(headers.get('x-powered-by'), null, path);
    }
  });

  it('that only proxies and sidecars may set do not come in', () => {
    const kept = { authorization: 'Bearer x', 'x-request-id': 'request-1', 'user-agent': 'curl' };
    const forged = {
      'x-user-id': 'eve',
      'x-forwarded-for': '1.2.3.4',
      forwarded: 'for=x',
      'dapr-app-id': 'order',
    };
    const req = { headers: { ...kept, ...forged }, ip: '203.0.113.7' } as unknown as Request;
    let passed = false;
    void stripHeaders(req, {} as Response, () => {
      passed = true;
    });
    assert.ok(passed);
    assert.deepEqual(req.headers, kept);
    assert.equal(req.ip, '203.0.113.7');
  });

  it('promise no TLS where there is none', async () => {
    await using gateway = await startTestGateway();
    const { headers } = await sendRaw(gateway.url, { path: '/api/products' });
    assert.equal(headers.get('strict-transport-security'), null);
  });

  it('cannot make a caller somebody else', async () => {
    const actors: unknown[] = [];
    const orders: MethodTable = {
      unary: new Map([
        [
          'list-orders',
          (_input, { actor }) => {
            actors.push(actor);
            return Promise.resolve({ ok: true, value: { items: [] } });
          },
        ],
      ]),
      stream: new Map(),
    };
    await using gateway = await startTestGateway({ services: { order: orders } });
    const forged = {
      'x-user-id': 'eve',
      'x-user-roles': 'admin',
      'dapr-app-id': 'order',
      'dapr-caller-app-id': 'order',
      forwarded: 'for=10.0.0.1',
    };
    const headers = { ...forged, ...(await gateway.bearer('ada', 'customer')) };
    assert.equal((await sendRaw(gateway.url, { path: '/api/orders', headers })).status, 200);
    assert.deepEqual(actors, [{ id: 'ada', roles: ['customer'] }]);
    assert.equal((await sendRaw(gateway.url, { path: '/api/orders', headers: forged })).status, 401);
  });
});

describe('rate limits over HTTP', () => {
  const one = { requestsPerSecond: 0.1, burst: 1 };
  const rateLimit = { customer: one, guest: one };

  it('refuse with 429 and say when to come back', async () => {
    await using gateway = await startTestGateway({ settings: { rateLimit } });
    const ask = await createClient(gateway.url);
    const headers = await gateway.bearer('ada', 'customer');
    assert.equal((await ask({ path: '/api/orders', headers })).status, 200);
    const refused = await ask({ path: '/api/orders', headers });
    assert.equal(refused.status, 429);
    assert.ok(Number(refused.headers.get('retry-after')) >= 1);
    assert.equal(refused.headers.get('ratelimit-policy'), '"customer";q=1;w=10');
    const other = await ask({ path: '/api/orders', headers: await gateway.bearer('bob', 'customer') });
    assert.equal(other.status, 200);
  });

  it('hold guests by their network, whatever cookie or forwarded address they send', async () => {
    await using gateway = await startTestGateway({ settings: { rateLimit } });
    const ask = (headers: Readonly<Record<string, string>>) =>
      sendRaw(gateway.url, { path: '/api/products', headers });
    assert.equal((await ask({})).status, 200);
    assert.equal((await ask({ cookie: 'guest=01961c4e-0b5f-4c3a-9d2e-3f4a5b6c7d8e' })).status, 429);
    assert.equal((await ask({ 'x-forwarded-for': '203.0.113.7' })).status, 429);
    assert.equal((await ask({ authorization: 'Bearer guess' })).status, 429);
  });

  it('believe the proxies that they were told to trust', async () => {
    await using gateway = await startTestGateway({
      settings: { rateLimit },
      env: { TRUSTED_PROXIES: '127.0.0.0/8' },
    });
    const ask = (address: string) =>
      sendRaw(gateway.url, { path: '/api/products', headers: { 'x-forwarded-for': address } });
    assert.equal((await ask('203.0.113.7')).status, 200);
    assert.equal((await ask('203.0.113.8')).status, 200);
    assert.equal((await ask('203.0.113.7')).status, 429);
    assert.equal((await ask('198.51.100.1, 203.0.113.7')).status, 429);
  });

  it('do not let one policy spend the budget of another', async () => {
    await using gateway = await startTestGateway({ settings: { rateLimit } });
    await sendRaw(gateway.url, { path: '/api/products' });
    const webhook = { method: 'POST', path: '/api/payments/webhook', headers: { 'stripe-signature': 't=1' } };
    for (let call = 0; call < 5; call += 1) {
      assert.equal((await sendRaw(gateway.url, { ...webhook, body: '{}' })).status, 200);
    }
  });

  it('count an IPv6 network as one caller', () => {
    assert.equal(networkOf('203.0.113.7'), '203.0.113.7');
    assert.equal(networkOf('::ffff:203.0.113.7'), '203.0.113.7');
    assert.equal(networkOf('2001:db8:1:2:3:4:5:6'), '2001:db8:1:2');
    assert.equal(networkOf('2001:db8:1:2::6'), '2001:db8:1:2');
    assert.equal(networkOf('2001:db8::1'), '2001:db8:0:0');
    assert.equal(networkOf('fe80::1%eth0'), 'fe80:0:0:0');
  });
});
