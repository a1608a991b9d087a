import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import type { MethodTable, Outcome } from '@ecommercestack/kit';
import { renderMetrics, UpstreamError } from '@ecommercestack/kit';
import { product } from '../testing/fake-services.ts';
import { fakeClock } from '@ecommercestack/kit/testing';
import { startTestGateway, type TestGateway } from '../testing/gateway.ts';
import { createClient } from '../testing/http.ts';

const PATH = '/api/products/TEA-1';

describe('public reads', () => {
  let gateway: TestGateway;
  let ask: Awaited<ReturnType<typeof createClient>>;
  const clock = fakeClock(new Date());
  let calls = 0;
  let answer: () => Promise<Outcome<unknown>>;
  const shows = (changes: Partial<typeof product> = {}) => {
    answer = async () => ({ ok: true, value: { ...product, ...changes } });
  };

  before(async () => {
    const counted = () => {
      calls += 1;
      return answer();
    };
    const done = (value: unknown) => async () => ({ ok: true, value }) as const;
    const catalog: MethodTable = {
      unary: new Map([
        ['get-product', counted],
        ['update-product', done({ ...product, version: 5 })],
        ['purge-cache', done({ pattern: 'product:*', local: 1, shared: 2 })],
      ]),
      stream: new Map(),
    };
    gateway = await startTestGateway({ env: { HTTP_CACHE_MB: '1' }, services: { catalog }, clock });
    ask = await createClient(gateway.url);
  });
  beforeEach(() => {
    gateway.gateway.cacheChanged({ purge: '*' });
    clock.advance(1);
    shows();
    calls = 0;
  });
  after(() => gateway[Symbol.asyncDispose]());

  it('cost one call, whoever asks, and say how old they may be and what they are about', async () => {
    const first = await ask({ path: PATH });
    assert.equal(first.headers.get('surrogate-key'), 'product:TEA-1');
    assert.ok(Number(first.headers.get('age')) >= 2);
    shows({ available: 3 });
    const second = await ask({ path: PATH });
    assert.deepEqual(second.body, first.body);
    const customer = await ask({ path: PATH, headers: await gateway.bearer('ada', 'customer') });
    assert.deepEqual(customer.body, first.body);
    assert.deepEqual(
      ['cache-control', 'age', 'surrogate-key'].map((name) => customer.headers.get(name)),
      ['no-store', null, null],
    );
    assert.equal(calls, 1);
    const { body } = await renderMetrics(gateway.metrics.registry);
    assert.match(
      body,
      /cache_requests_total\{service="gateway",cache="http",level="gateway",result="hit"\} 2/,
    );
  });

  it('are asked for once by all who want them at the same time', async () => {
    const gate = Promise.withResolvers<undefined>();
    answer = async () => {
      await gate.promise;
      return { ok: true, value: product };
    };
    const reads = Array.from({ length: 50 }, () => ask({ path: PATH }));
    await ask({ path: '/openapi.json' });
    gate.resolve(undefined);
    assert.deepEqual(new Set((await Promise.all(reads)).map(({ status }) => status)), new Set([200]));
    assert.equal(calls, 1);
  });

  it('go on for the others when the one who asked first leaves', async () => {
    const gate = Promise.withResolvers<undefined>();
    answer = async () => {
      await gate.promise;
      return { ok: true, value: product };
    };
    const leaving = new AbortController();
    const first = fetch(new URL(PATH, gateway.url), { signal: leaving.signal });
    while (calls === 0) await ask({ path: '/openapi.json' });
    const second = ask({ path: PATH });
    leaving.abort();
    await assert.rejects(first);
    gate.resolve(undefined);
    assert.equal((await second).status, 200);
    assert.equal(calls, 1);
  });

  it('get a 304 where the client has the answer, and no body for HEAD', async () => {
    const { headers } = await ask({ path: PATH });
    const tag = headers.get('etag') ?? '';
    const again = await ask({ path: PATH, headers: { 'if-none-match': tag } });
    assert.deepEqual([again.status, again.headers.get('etag')], [304, tag]);
    const head = await ask({ method: 'HEAD', path: PATH });
    assert.deepEqual([head.status, head.body], [200, undefined]);
    assert.equal(calls, 1);
  });

  it('are read anew by staff', async () => {
    await ask({ path: PATH });
    shows({ name: 'Gyokuro' });
    const staff = await ask({ path: PATH, headers: await gateway.bearer('eve', 'admin') });
    assert.equal((staff.body as typeof product).name, 'Gyokuro');
    assert.equal(calls, 2);
  });

  it('are kept for as long as their header says', async () => {
    await ask({ path: PATH });
    clock.advance(1_999);
    assert.equal((await ask({ path: PATH })).headers.get('age'), '4');
    assert.equal(calls, 1);
    clock.advance(1);
    assert.equal((await ask({ path: PATH })).headers.get('age'), '2');
    assert.equal(calls, 2);
  });

  it('end with the announcement of a change', async () => {
    await ask({ path: PATH });
    gateway.gateway.cacheChanged({ products: [['TEA-1', 4]] });
    await ask({ path: PATH });
    shows({ version: 4, name: 'Gyokuro' });
    assert.equal(((await ask({ path: PATH })).body as typeof product).name, 'Gyokuro');
    await ask({ path: PATH });
    assert.equal(calls, 3);
  });

  it('end with a change through this gateway', async () => {
    shows({ version: 4 });
    await ask({ path: PATH });
    await ask({ path: PATH });
    assert.equal(calls, 1);
    shows({ version: 5, name: 'Gyokuro' });
    const headers = await gateway.bearer('eve', 'admin');
    await ask({ method: 'PATCH', path: PATH, body: { name: 'Gyokuro' }, headers });
    assert.equal(((await ask({ path: PATH })).body as typeof product).name, 'Gyokuro');
  });

  it('do not join, after a change through this gateway, who asked before it', async () => {
    const gate = Promise.withResolvers<Outcome<unknown>>();
    answer = () => gate.promise;
    const early = ask({ path: PATH });
    while (calls === 0) await ask({ path: '/openapi.json' });
    const headers = await gateway.bearer('eve', 'admin');
    await ask({ method: 'PATCH', path: PATH, body: { name: 'Gyokuro' }, headers });
    shows({ version: 5, name: 'Gyokuro' });
    const late = ask({ path: PATH });
    while (calls === 1) await ask({ path: '/openapi.json' });
    gate.resolve({ ok: true, value: product });
    assert.equal(((await late).body as typeof product).name, 'Gyokuro');
    assert.equal(((await early).body as typeof product).name, product.name);
    assert.equal(((await ask({ path: PATH })).body as typeof product).name, 'Gyokuro');
  });

  it('end with a purge by an operator, and by nobody else', async () => {
    shows({ version: 9 });
    await ask({ path: PATH });
    const purge = async (role: 'support' | 'operator') => {
      const headers = await gateway.bearer('olga', role);
      return ask({ method: 'POST', path: '/api/ops/cache/purge', body: { pattern: 'product:*' }, headers });
    };
    assert.equal((await purge('support')).status, 403);
    await ask({ path: PATH });
    assert.equal(calls, 1);
    assert.deepEqual((await purge('operator')).body, { pattern: 'product:*', local: 1, shared: 2 });
    await ask({ path: PATH });
    assert.equal(calls, 2);
  });

  it('do not keep refusals', async () => {
    answer = async () => ({ ok: false, problem: { code: 'not-found', detail: 'There is no such product.' } });
    assert.equal((await ask({ path: PATH })).status, 404);
    shows();
    assert.equal((await ask({ path: PATH })).status, 200);
  });
});

describe('public reads while the catalog is away', () => {
  it('are answered as of before, for as long as their header says', async () => {
    let away = false;
    let calls = 0;
    const catalog: MethodTable = {
      unary: new Map([
        [
          'get-product',
          async () => {
            calls += 1;
            if (away) throw new UpstreamError('catalog', 'unavailable');
            return { ok: true, value: product };
          },
        ],
      ]),
      stream: new Map(),
    };
    const clock = fakeClock(new Date());
    const env = { HTTP_CACHE_MB: '1' };
    await using gateway = await startTestGateway({ env, services: { catalog }, clock });
    const ask = await createClient(gateway.url);
    await ask({ path: PATH });
    away = true;
    clock.advance(2_000);
    for (const _ of [1, 2]) {
      const stale = await ask({ path: PATH });
      assert.deepEqual([stale.status, stale.body, stale.headers.get('age')], [200, product, '4']);
    }
    // One that failed a moment ago is not asked by everybody.
    assert.equal(calls, 2);
    clock.advance(1_000);
    assert.equal((await ask({ path: PATH })).status, 200);
    assert.equal(calls, 3);
    clock.advance(60_000);
    assert.equal((await ask({ path: PATH })).status, 503);
    assert.equal((await ask({ path: '/api/products/COFFEE' })).status, 503);
  });
});
