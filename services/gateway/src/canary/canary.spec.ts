import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { renderMetrics } from '@ecommercestack/kit';
import type { MethodTable } from '@ecommercestack/kit';
import { fakeServices } from '../testing/fake-services.ts';
import { startTestGateway, testSettings } from '../testing/gateway.ts';
import { createClient } from '../testing/http.ts';

function rollout(weight: number, sticky = true) {
  const { services } = testSettings();
  const canary = { version: '2.0.0', weight, sticky, salt: 'catalog/2.0.0' };
  return { services: { ...services, catalog: { ...services.catalog, canary } } };
}

async function startRollout(weight: number, canary?: MethodTable) {
  const catalog = fakeServices().get('catalog');
  assert(catalog !== undefined);
  return startTestGateway({
    services: { 'catalog-canary': canary ?? catalog },
    settings: rollout(weight),
  });
}

const path = '/api/products/TEA-1';

describe('canary over HTTP', () => {
  it('serves a customer by one version and says which', async () => {
    await using gateway = await startRollout(50);
    const ask = await createClient(gateway.url);
    const seen = new Map<string, Set<string | null>>();
    for (let index = 0; index < 40; index += 1) {
      const customer = `customer-${index % 20}`;
      const headers = await gateway.bearer(customer, 'customer');
      const { headers: answered } = await ask({ path, headers });
      const versions = seen.get(customer) ?? new Set();
      seen.set(customer, versions.add(answered.get('x-served-by')));
    }
    for (const [customer, versions] of seen) assert.equal(versions.size, 1, customer);
    const all = new Set([...seen.values()].flatMap((versions) => [...versions]));
    assert.deepEqual(all, new Set(['catalog@1.0.0', 'catalog@2.0.0']));
  });

  it('keeps a guest on one side by a cookie, which no shared cache may keep', async () => {
    await using gateway = await startRollout(50);
    const ask = await createClient(gateway.url);
    const first = await ask({ path });
    const cookie = first.headers.get('set-cookie') ?? '';
    assert.match(cookie, /^guest=[0-9a-f-]{36}; Path=\/; Max-Age=86400; HttpOnly; SameSite=Lax$/);
    assert.match(first.headers.get('cache-control') ?? '', /^private, /);
    for (let again = 0; again < 10; again += 1) {
      const next = await ask({ path, headers: { cookie: cookie.split(';')[0] ?? '' } });
      assert.equal(next.headers.get('x-served-by'), first.headers.get('x-served-by'));
      assert.equal(next.headers.get('set-cookie'), null);
    }
  });

  it('sets no cookie where nothing is split', async () => {
    await using gateway = await startTestGateway();
    const ask = await createClient(gateway.url);
    assert.equal((await ask({ path })).headers.get('set-cookie'), null);
  });

  it('follows a change of the weight at the next request', async () => {
    await using gateway = await startRollout(100);
    const ask = await createClient(gateway.url);
    assert.equal((await ask({ path })).headers.get('x-served-by'), 'catalog@2.0.0');
    gateway.settings.replace(testSettings(rollout(0)));
    assert.equal((await ask({ path })).headers.get('x-served-by'), 'catalog@1.0.0');
  });

  it('is chosen by staff alone, and such requests are not counted', async () => {
    await using gateway = await startRollout(0);
    const ask = await createClient(gateway.url);
    const servedBy = async (headers: Readonly<Record<string, string>>) =>
      (await ask({ path, headers: { ...headers, 'x-canary': 'always' } })).headers.get('x-served-by');
    assert.equal(await servedBy(await gateway.bearer('sue', 'support')), 'catalog@2.0.0');
    assert.equal(await servedBy(await gateway.bearer('ada', 'customer')), 'catalog@1.0.0');
    assert.equal(await servedBy({}), 'catalog@1.0.0');
    const { body } = await renderMetrics(gateway.metrics.registry);
    assert.match(body, /upstream="catalog",variant="canary",result="ok"\} 0/);
    assert.match(body, /upstream="catalog",variant="stable",result="ok"\} 2/);
  });

  it('is counted apart, its failures too', async () => {
    const broken: MethodTable = { unary: new Map(), stream: new Map() };
    await using gateway = await startRollout(100, broken);
    const ask = await createClient(gateway.url);
    assert.equal((await ask({ path })).status, 503);
    const { body } = await renderMetrics(gateway.metrics.registry);
    assert.match(body, /upstream="catalog",variant="canary",result="error"\} 1/);
    assert.match(body, /upstream="catalog",variant="stable",result="error"\} 0/);
  });
});
