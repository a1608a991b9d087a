import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { MethodTable } from '@ecommercestack/kit';
import { ORDER_ID, order, OWNER, product } from '../testing/fake-services.ts';
import { startTestGateway, type TestGateway } from '../testing/gateway.ts';
import { createClient } from '../testing/http.ts';
import { orderRequest, sampleRequests } from '../testing/requests.ts';

describe('answers', () => {
  let gateway: TestGateway;
  let ask: Awaited<ReturnType<typeof createClient>>;
  let customer: Readonly<Record<string, string>>;
  let admin: Readonly<Record<string, string>>;
  const calls: { method: string; input: unknown; actor: unknown }[] = [];
  let shown: typeof product = product;

  before(async () => {
    const recording = (answers: Readonly<Record<string, () => unknown>>): MethodTable => ({
      unary: new Map(
        Object.entries(answers).map(([method, answer]) => [
          method,
          (input, { actor }) => {
            calls.push({ method, input, actor });
            return Promise.resolve({ ok: true, value: answer() });
          },
        ]),
      ),
      stream: new Map(),
    });
    gateway = await startTestGateway({
      services: {
        catalog: recording({
          'get-product': () => shown,
          'get-products': () => ({ items: [], missing: ['A', 'B'] }),
          'update-product': () => product,
          'create-product': () => product,
        }),
        order: recording({
          'place-order': () => ({ order, replayed: calls.length > 1 }),
          'get-order': () => order,
        }),
      },
    });
    ask = await createClient(gateway.url);
    customer = await gateway.bearer(OWNER, 'customer');
    admin = await gateway.bearer('eve', 'admin');
  });
  after(() => gateway[Symbol.asyncDispose]());

  const asked = () => calls.splice(0);

  it('carry an entity tag that a client may keep until it changes', async () => {
    const first = await ask({ path: '/api/products/TEA-1' });
    const etag = first.headers.get('etag') ?? '';
    assert.match(etag, /^"3-/);
    assert.equal(first.headers.get('cache-control'), 'public, max-age=10, s-maxage=4, stale-if-error=60');

    const same = { path: '/api/products/TEA-1', headers: { 'if-none-match': `"other", W/${etag}` } };
    const again = await ask(same);
    assert.deepEqual([again.status, again.body, again.headers.get('etag')], [304, undefined, etag]);

    shown = { ...product, available: 6 };
    const changed = await ask(same);
    assert.equal(changed.status, 200);
    assert.match(changed.headers.get('etag') ?? '', /^"3-/);
    assert.notEqual(changed.headers.get('etag'), etag);
    asked();
  });

  it('let an administrator change the version that was read, and no other', async () => {
    const { headers } = await ask({ path: '/api/products/TEA-1' });
    asked();
    const sample = { ...sampleRequests['updateProduct'], path: '/api/products/TEA-1', method: 'PATCH' };
    await ask({ ...sample, headers: { ...admin, 'if-match': headers.get('etag') ?? '' } });
    assert.deepEqual(asked()[0]?.input, { sku: 'TEA-1', expectedVersion: 3, patch: { name: 'Gyokuro' } });
    assert.equal((await ask({ ...sample, headers: { ...admin, 'if-match': 'W/"3"' } })).status, 400);
  });

  it('name the address of what was created', async () => {
    const { path, body } = sampleRequests['createProduct'] ?? { path: '' };
    const answer = await ask({ method: 'POST', path, body, headers: admin });
    assert.deepEqual([answer.status, answer.headers.get('location')], [201, '/api/products/TEA-1']);
    assert.match(answer.headers.get('etag') ?? '', /^"3-/);
    asked();
  });

  it('accept an order with 202, its address and what was granted', async () => {
    const request = { method: 'POST', path: '/api/orders', body: orderRequest };
    const headers = { ...customer, 'idempotency-key': 'key-1', prefer: 'respond-async, wait=5' };
    const first = await ask({ ...request, headers });
    assert.equal(first.status, 202);
    assert.deepEqual(first.body, order);
    assert.equal(first.headers.get('location'), `/api/orders/${ORDER_ID}`);
    assert.equal(first.headers.get('preference-applied'), 'wait=5');
    assert.equal(first.headers.get('idempotency-replayed'), null);
    assert.equal(first.headers.get('cache-control'), 'no-store');

    const again = await ask({ ...request, headers });
    assert.equal(again.headers.get('idempotency-replayed'), 'true');

    const [call] = asked();
    assert.deepEqual(call, {
      method: 'place-order',
      input: { request: orderRequest, idempotencyKey: 'key-1', waitMs: 5_000 },
      actor: { id: OWNER, roles: ['customer'] },
    });
  });

  it('ignore preferences of others and shorten a wait that is too long', async () => {
    const request = { method: 'POST', path: '/api/orders', body: orderRequest };
    const plain = await ask({ ...request, headers: { ...customer, prefer: 'return=minimal' } });
    assert.equal(plain.headers.get('preference-applied'), null);
    const long = await ask({ ...request, headers: { ...customer, prefer: 'wait=600' } });
    assert.equal(long.headers.get('preference-applied'), 'wait=30');
    asked();
  });

  it('choose the variant of a path by its parameter', async () => {
    await ask({ path: '/api/products?ids=A,B' });
    const [call] = asked();
    assert.deepEqual([call?.method, call?.input], ['get-products', { skus: ['A', 'B'] }]);
    assert.match(JSON.stringify(call?.actor), /^\{"id":"guest:[0-9a-f-]{36}","roles":\[\]\}$/);
  });

  it('have no body for HEAD', async () => {
    const answer = await ask({ method: 'HEAD', path: '/api/products/TEA-1' });
    assert.deepEqual([answer.status, answer.body], [200, undefined]);
    assert.ok(Number(answer.headers.get('content-length')) > 0);
  });

  it('take a harmless request id over and make one otherwise', async () => {
    const path = '/api/products/TEA-1';
    const given = await ask({ path, headers: { 'x-request-id': 'trace-me-please' } });
    assert.equal(given.headers.get('x-request-id'), 'trace-me-please');
    const made = await ask({ path, headers: { 'x-request-id': 'a b' } });
    assert.match(made.headers.get('x-request-id') ?? '', /^[0-9a-f-]{36}$/);
    assert.equal(made.headers.get('x-powered-by'), null);
  });
});
