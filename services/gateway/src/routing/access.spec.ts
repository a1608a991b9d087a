import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { routes, type Access, type Route } from '@ecommercestack/contracts';
import { OWNER } from '../testing/fake-services.ts';
import { startTestGateway, type TestGateway } from '../testing/gateway.ts';
import { codeOf, createClient } from '../testing/http.ts';
import { sampleRequests, type SampleRequest } from '../testing/requests.ts';
import { pathOf } from './register.ts';

type Caller = 'anonymous' | 'customer' | 'other' | 'support' | 'operator' | 'admin';
const callers: readonly Caller[] = ['anonymous', 'customer', 'other', 'support', 'operator', 'admin'];

const verdicts: Readonly<Record<Access, Readonly<Record<Caller, 'in' | 401 | 403>>>> = {
  public: { anonymous: 'in', customer: 'in', other: 'in', support: 'in', operator: 'in', admin: 'in' },
  guest: { anonymous: 'in', customer: 'in', other: 'in', support: 'in', operator: 'in', admin: 'in' },
  customer: { anonymous: 401, customer: 'in', other: 'in', support: 'in', operator: 'in', admin: 'in' },
  staff: { anonymous: 401, customer: 403, other: 403, support: 'in', operator: 'in', admin: 'in' },
  operator: { anonymous: 401, customer: 403, other: 403, support: 403, operator: 'in', admin: 'in' },
  admin: { anonymous: 401, customer: 403, other: 403, support: 403, operator: 403, admin: 'in' },
};

/** Routes of one order: another customer learns nothing of it. */
const isOwned = (route: Route) => route.path.includes('{orderId}') && route.access === 'customer';

describe('access to every route', () => {
  let gateway: TestGateway;
  let ask: Awaited<ReturnType<typeof createClient>>;
  let credentials: Record<Caller, Readonly<Record<string, string>>>;

  before(async () => {
    gateway = await startTestGateway();
    ask = await createClient(gateway.url);
    credentials = {
      anonymous: {},
      customer: await gateway.bearer(OWNER, 'customer'),
      other: await gateway.bearer('bob', 'customer'),
      support: await gateway.bearer('sue', 'support'),
      operator: await gateway.bearer('oli', 'operator'),
      admin: await gateway.bearer('eve', 'admin'),
    };
  });
  after(() => gateway[Symbol.asyncDispose]());

  const sampleOf = (route: Route): SampleRequest => {
    const sample = sampleRequests[route.id];
    assert(sample !== undefined, `${route.id} has no sample request in testing/requests.ts`);
    return sample;
  };

  for (const route of routes) {
    for (const caller of callers) {
      const verdict = verdicts[route.access][caller];
      const hidden = verdict === 'in' && caller === 'other' && isOwned(route);
      const expected = hidden ? 404 : verdict === 'in' ? route.success : verdict;

      it(`${route.method} ${route.path} as ${caller}: ${expected}`, async () => {
        const sample = sampleOf(route);
        const headers = { ...sample.headers, ...credentials[caller] };
        const answer = await ask({ ...sample, method: route.method.toUpperCase(), headers });
        assert.equal(answer.status, expected, JSON.stringify(answer.body));
        if (expected === 401) assert.match(answer.headers.get('www-authenticate') ?? '', /^Bearer/);
        assert.equal(answer.headers.get('x-content-type-options'), 'nosniff');
        const isCacheable = caller === 'anonymous' && route.cache !== undefined && expected === 200;
        const cache = answer.headers.get('cache-control') ?? '';
        assert.equal(cache.includes('no-store'), !isCacheable, `cache-control: ${cache}`);
      });
    }

    it(`${route.method} ${route.path} refuses a bad token, whatever its access`, async () => {
      const sample = sampleOf(route);
      const headers = { ...sample.headers, authorization: 'Bearer not.a.token' };
      const answer = await ask({ ...sample, method: route.method.toUpperCase(), headers });
      assert.equal(answer.status, 401);
      assert.equal(answer.headers.get('www-authenticate'), 'Bearer error="invalid_token"');
    });

    it(`${route.method} ${route.path} refuses an unknown query parameter`, async () => {
      const sample = sampleOf(route);
      const path = `${sample.path}${sample.path.includes('?') ? '&' : '?'}role=admin`;
      const headers = { ...sample.headers, ...credentials.admin };
      const answer = await ask({ ...sample, path, method: route.method.toUpperCase(), headers });
      assert.equal(answer.status, 400);
      assert.equal(codeOf(answer), 'invalid-request');
    });

    if (route.method === 'get' || route.rawBody === true) continue;
    for (const field of ['role', 'customerId', 'status', 'unitPrice']) {
      it(`${route.method} ${route.path} refuses a body with ${field}`, async () => {
        const sample = sampleOf(route);
        const body = { ...(sample.body as object | undefined), [field]: 'admin' };
        const headers = { ...sample.headers, ...credentials.admin };
        const answer = await ask({ ...sample, body, method: route.method.toUpperCase(), headers });
        // Of many lines each is refused alone.
        assert.equal(answer.status, route.bulk === undefined ? 400 : 200);
        assert.match(JSON.stringify(answer.body), new RegExp(`(?=.*invalid-request).*${field}`));
      });
    }
  }

  it('has a sample for each route and none besides', () => {
    const ids = routes.map(({ id }) => id);
    assert.deepEqual(Object.keys(sampleRequests).toSorted(), ids.toSorted());
    assert.equal(new Set(routes.map((route) => `${route.method} ${route.path}`)).size, ids.length);
    for (const route of routes) assert.match(pathOf(route), /^\/api\//);
  });
});
