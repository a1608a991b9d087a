/** Two replicas of the catalog with a cache on Redis between them. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import type { CachePurge, Product, ProductPage } from '@ecommercestack/contracts';
import { createTestDatabase } from '@ecommercestack/event-store/testing';
import type { TestDatabase } from '@ecommercestack/event-store/testing';
import { renderMetrics } from '@ecommercestack/kit';
import { eventually } from '@ecommercestack/kit/testing';
import { productFields } from '../adapters/contract/samples.ts';
import { codeOf, runCatalog, valueOf } from './running-catalog.ts';
import type { RunningCatalog } from './running-catalog.ts';
import { openTcpProxy } from './tcp-proxy.ts';
import type { TcpProxy } from './tcp-proxy.ts';

const ADMIN = ['admin'];
/** Nothing ends by itself: what is new was told. */
const LONG_LIVED = {
  CACHE_TTL: '1h',
  CACHE_TTL_SEARCH: '1h',
  SHARED_CACHE_TTL: '1h',
  INDEX_CHECK_INTERVAL: '1h',
};

describe('two replicas of the catalog with a shared cache', () => {
  let database: TestDatabase;
  let proxy: TcpProxy;
  let env: Readonly<Record<string, string>>;
  let one: RunningCatalog;
  let two: RunningCatalog;
  let made = 0;

  const figure = async (catalog: RunningCatalog, name: string): Promise<number> => {
    const { body } = await renderMetrics(catalog.metrics.registry);
    const line = body.split('\n').find((each) => each.startsWith(name));
    return Number(line?.split(' ').at(-1));
  };
  const isUp = (catalog: RunningCatalog) => figure(catalog, 'catalog_shared_cache_up');
  const storeReads = async () => {
    const name = 'cache_requests_total{service="catalog",cache="product",level="l2",result="miss"}';
    return (await figure(one, name)) + (await figure(two, name));
  };
  const create = async (catalog: RunningCatalog) => {
    const sku = `SKU-${(made += 1)}`;
    valueOf(await catalog.call('create-product', productFields(sku), ADMIN));
    return sku;
  };
  const rename = async (catalog: RunningCatalog, sku: string, name: string) =>
    valueOf(await catalog.call('update-product', { sku, patch: { name } }, ADMIN));
  const nameAt = async (catalog: RunningCatalog, sku: string) =>
    valueOf(await catalog.call<Product>('get-product', { sku })).name;
  const totalAt = async (catalog: RunningCatalog) =>
    valueOf(await catalog.call<ProductPage>('search-products', { q: 'product' })).total;
  const purge = (pattern: string, roles: readonly string[] = ['operator']) =>
    one.call<CachePurge>('purge-cache', { pattern }, roles);

  /** What is told once may get lost where the machine is so busy that a replica gives Redis up: then once more. */
  const told = (change: () => Promise<() => Promise<void>>) =>
    eventually(async () => eventually(await change(), 2_000));

  before(async () => {
    database = await createTestDatabase();
    proxy = await openTcpProxy(process.env['REDIS_URL'] ?? '');
    const shared = { SHARED_CACHE: 'redis', REDIS_URL: proxy.url, CACHE_NAMESPACE: `spec-${randomUUID()}` };
    env = { ...LONG_LIVED, ...shared };
    one = await runCatalog(database, { ...env, INSTANCE_ID: '1' });
    two = await runCatalog(database, { ...env, INSTANCE_ID: '2' });
    for (const catalog of [one, two]) await eventually(async () => assert.equal(await isUp(catalog), 1));
  });
  after(async () => {
    await one.call('purge-cache', { pattern: '*' }, ['operator']);
    await one.stop();
    await two.stop();
    await proxy.close();
    await database.drop();
  });

  it('read the store once for 1,000 readers of a cold product', async () => {
    // Again where the machine was so busy that a replica gave Redis up, or its projector wrote after the purge.
    await eventually(async () => {
      const sku = await create(one);
      await one.bus.drain();
      assert.equal((await purge('product:*')).ok, true);
      const earlier = await storeReads();
      const readers = Array.from({ length: 500 }, () => [nameAt(one, sku), nameAt(two, sku)]);
      await Promise.all(readers.flat());
      assert.equal((await storeReads()) - earlier, 1);
    });
  });

  it('show an edit through the other one without waiting for anything to expire', async () => {
    const sku = await create(one);
    await nameAt(two, sku);
    let turn = 0;
    for (const [teller, hearer] of [
      [one, two],
      [two, one],
    ] as const) {
      await told(async () => {
        const name = `Renamed ${(turn += 1)}`;
        await rename(teller, sku, name);
        return async () => assert.equal(await nameAt(hearer, sku), name);
      });
    }
  });

  it('find in searches what was made through the other one', async () => {
    await told(async () => {
      const earlier = await totalAt(two);
      await create(one);
      return async () => assert.ok((await totalAt(two)) > earlier);
    });
  });

  it('show a product that the other one has looked for in vain', async () => {
    await told(async () => {
      const sku = `SKU-${made + 1}`;
      assert.equal(codeOf(await two.call('get-product', { sku })), 'not-found');
      await create(one);
      return async () => assert.equal(codeOf(await two.call('get-product', { sku })), 'ok');
    });
  });

  it('forget by pattern when an operator says so, and write it into the audit', async () => {
    const sku = await create(one);
    assert.equal(codeOf(await purge(`product:${sku}`, ['support'])), 'forbidden');
    await told(async () => {
      await rename(one, sku, 'To be forgotten');
      const { shared, pattern } = valueOf(await purge(`product:${sku}`));
      return async () => assert.deepEqual([shared, pattern], [1, `product:${sku}`]);
    });
    const audit = await one.call<{ items: { action: string; actor: string; detail?: string }[] }>(
      'list-dead-letter-actions',
      { limit: 1 },
      ['support'],
    );
    const [line] = valueOf(audit).items;
    assert.deepEqual([line?.action, line?.actor, line?.detail], ['purge-cache', 'ada', `product:${sku}`]);
  });

  for (const way of ['cut', 'silence'] as const) {
    it(`go on alone while Redis is ${way === 'cut' ? 'gone' : 'silent'}, say so, and make up for it afterwards`, async () => {
      const sku = await create(one);
      await nameAt(two, sku);
      proxy[way]();
      await rename(one, sku, `Renamed without Redis (${way})`);
      assert.equal(await nameAt(one, sku), `Renamed without Redis (${way})`);
      assert.equal(codeOf(await two.call('get-product', { sku: await create(two) })), 'ok');
      await eventually(async () => {
        assert.deepEqual([await isUp(one), await isUp(two)], [0, 0]);
        const checks = await Promise.all(one.app.readiness.map(({ check }) => check()));
        assert.deepEqual(checks, [undefined, 'the shared cache cannot be reached']);
      });
      proxy.restore();
      await eventually(async () => assert.deepEqual([await isUp(one), await isUp(two)], [1, 1]));
      // What a replica has of its own ends with its lifetime; what is shared is right at once.
      const three = await runCatalog(database, { ...env, INSTANCE_ID: '3' });
      await eventually(async () => assert.equal(await isUp(three), 1));
      assert.equal(await nameAt(three, sku), `Renamed without Redis (${way})`);
      await three.stop();
    });
  }

  it('find Redis again where it is reached over new connections only', async () => {
    const sku = await create(one);
    proxy.forget();
    await eventually(async () => assert.deepEqual([await isUp(one), await isUp(two)], [0, 0]));
    await eventually(async () => assert.deepEqual([await isUp(one), await isUp(two)], [1, 1]));
    await nameAt(two, sku);
    let turn = 0;
    await told(async () => {
      const name = `Heard over the new connection ${(turn += 1)}`;
      await rename(one, sku, name);
      return async () => assert.equal(await nameAt(two, sku), name);
    });
  });
});
