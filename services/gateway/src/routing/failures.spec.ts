import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { UpstreamError, renderMetrics } from '@ecommercestack/kit';
import type { CallContext, MethodTable, Outcome } from '@ecommercestack/kit';
import { order, OWNER } from '../testing/fake-services.ts';
import { startTestGateway, testSettings } from '../testing/gateway.ts';
import { codeOf, createClient } from '../testing/http.ts';
import { orderRequest } from '../testing/requests.ts';

type Handler = (input: unknown, context: CallContext) => Promise<Outcome<unknown>>;

const app = (method: string, handler: Handler): MethodTable => ({
  unary: new Map([[method, handler]]),
  stream: new Map(),
});

const refuse = (code: string, extra?: Readonly<Record<string, unknown>>): Handler => {
  const problem = { code, detail: 'pg: relation "stock" at 10.0.0.7', ...(extra && { extra }) };
  return () => Promise.resolve({ ok: false, problem });
};

/** A gateway whose services answer within `timeoutMs` or not at all. */
function patience(timeoutMs: number) {
  const { services } = testSettings();
  const impatient = { ...services.catalog, timeoutMs };
  return { services: { ...services, catalog: impatient, order: impatient } };
}

async function askCatalog(handler: Handler | undefined, timeoutMs = 5_000) {
  const catalog = handler === undefined ? app('other', refuse('internal')) : app('get-product', handler);
  await using gateway = await startTestGateway({ services: { catalog }, settings: patience(timeoutMs) });
  const ask = await createClient(gateway.url);
  const answer = await ask({ path: '/api/products/TEA-1' });
  const { body: metrics } = await renderMetrics(gateway.metrics.registry);
  return { answer, metrics, logs: gateway.logger.lines.join('') };
}

const INTERNALS = /relation|10\.0\.0\.7|stack|node_modules|secret/;

describe('failures of a service', () => {
  const failures = {
    throws: { handler: () => Promise.reject(new Error('secret')), status: 502, code: 'upstream-failed' },
    'is not there': { handler: undefined, status: 503, code: 'upstream-unavailable' },
    'refuses with a 5xx': { handler: refuse('internal', { stack: 'x' }), status: 500, code: 'internal' },
    'says that its store is away': {
      handler: refuse('products-unavailable'),
      status: 503,
      code: 'products-unavailable',
    },
    'refuses with an unknown code': { handler: refuse('surprise'), status: 500, code: 'internal' },
    'answers late': {
      handler: () => new Promise<never>(() => undefined),
      status: 504,
      code: 'upstream-timeout',
    },
    'breaks on the network': {
      handler: () => Promise.reject(new UpstreamError('catalog', 'unavailable')),
      status: 503,
      code: 'upstream-unavailable',
    },
  } as const;

  for (const [what, { handler, status, code }] of Object.entries(failures)) {
    it('lets nobody past the rate limit while the keys of tokens cannot be had', async () => {
      await using gateway = await startTestGateway({
        env: { JWKS_URL: 'http://127.0.0.1:1/keys' },
        settings: {
          rateLimit: {
            customer: { requestsPerSecond: 1, burst: 1 },
            guest: { requestsPerSecond: 0.001, burst: 2 },
          },
        },
      });
      const headers = await gateway.bearer(OWNER, 'customer');
      const statuses = [];
      for (let n = 0; n < 3; n += 1)
        statuses.push((await fetch(`${gateway.url}/api/orders`, { headers })).status);
      assert.deepEqual(statuses, [503, 503, 429]);
    });

    it(`that ${what} become ${status} ${code} and tell nothing`, async () => {
      const { answer, metrics } = await askCatalog(handler, code === 'upstream-timeout' ? 50 : 5_000);
      assert.deepEqual([answer.status, codeOf(answer)], [status, code]);
      assert.doesNotMatch(JSON.stringify(answer.body), INTERNALS);
      if (status > 500) assert.equal(answer.headers.get('retry-after'), '1');
      assert.equal(answer.headers.get('cache-control'), 'no-store');
      const result = code === 'internal' && what.includes('unknown') ? 'ok' : 'error';
      const counted = `upstream="catalog",variant="stable",result="${result}"} 1`;
      assert.ok(metrics.includes(counted), `${counted} is missing`);
    });
  }

  it('are not refusals: those pass with their detail and members', async () => {
    const { answer, metrics } = await askCatalog(refuse('not-found', { didYouMean: 'TEA-2' }));
    const { code, detail, didYouMean } = answer.body as Readonly<Record<string, unknown>>;
    assert.deepEqual([answer.status, code, didYouMean], [404, 'not-found', 'TEA-2']);
    assert.match(String(detail), /relation/);
    assert.match(metrics, /upstream="catalog",variant="stable",result="ok"\} 1/);
  });

  it('tell the service that the caller has waited long enough', async () => {
    const aborted = Promise.withResolvers<boolean>();
    const { answer } = await askCatalog((_input, { signal }) => {
      signal.addEventListener('abort', () => aborted.resolve(true));
      return new Promise<never>(() => undefined);
    }, 50);
    assert.equal(answer.status, 504);
    assert.equal(await aborted.promise, true);
  });

  it('do not include a wait that was asked for', async () => {
    const slow = app('place-order', async () => {
      await new Promise((resolve) => setTimeout(resolve, 150));
      return { ok: true, value: { order, replayed: false } };
    });
    await using gateway = await startTestGateway({ services: { order: slow }, settings: patience(50) });
    const ask = await createClient(gateway.url);
    const headers = await gateway.bearer(OWNER, 'customer');
    const request = { method: 'POST', path: '/api/orders', body: orderRequest };
    assert.equal((await ask({ ...request, headers })).status, 504);
    assert.equal((await ask({ ...request, headers: { ...headers, prefer: 'wait=1' } })).status, 202);
  });

  it(
    'tell the service when the caller has left, and are not counted against it',
    { timeout: 10_000 },
    async () => {
      const reached = Promise.withResolvers<void>();
      const aborted = Promise.withResolvers<void>();
      const catalog = app('get-product', (_input, { signal }) => {
        reached.resolve();
        signal.addEventListener('abort', () => aborted.resolve());
        return new Promise<never>(() => undefined);
      });
      await using gateway = await startTestGateway({ services: { catalog }, settings: patience(120_000) });
      const leaving = new AbortController();
      const asked = fetch(`${gateway.url}/api/products/TEA-1`, { signal: leaving.signal });
      await reached.promise;
      leaving.abort();
      await assert.rejects(asked);
      await aborted.promise;
      // Another round trip, so that whatever the abort set in motion has been counted.
      const other = await fetch(`${gateway.url}/api/inventory/TEA-1`);
      await other.text();
      const { body } = await renderMetrics(gateway.metrics.registry);
      assert.match(body, /upstream="catalog",variant="stable",result="error"\} 0/);
    },
  );
});
