/** The shop over sidecars with its catalog on MongoDB, Elasticsearch and a Redis that its replicas share. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Order, Product, ProductPage } from '@ecommercestack/contracts';
import { Client, orderOf } from '../src/client.ts';
import { eventually } from '../src/eventually.ts';
import { assertInvariants } from '../src/invariants.ts';
import { Platform, testStack } from '../src/platform.ts';

/** Names of their own in servers that others may use. */
const own = `shop${process.pid}`;
const mongodb = new URL(process.env['MONGODB_URL'] ?? 'mongodb://unset');
mongodb.pathname = `/${own}`;

void describe('a shop whose catalog is on MongoDB, Elasticsearch and Redis', () => {
  let platform: Platform;
  let guest: Client;
  let admin: Client;
  let ada: Client;

  before(async () => {
    platform = await Platform.start({
      runtime: 'dapr',
      // A busy machine and a cluster that has just started: the goods are waited for this long.
      readyMs: 240_000,
      stack: testStack('{ name: catalog, replicas: 2 }'),
      env: {
        PRODUCT_STORE: 'mongodb',
        MONGODB_URL: mongodb.href,
        SEARCH_INDEX: 'elasticsearch',
        ELASTICSEARCH_URL: process.env['ELASTICSEARCH_URL'] ?? '',
        ELASTICSEARCH_PREFIX: own,
      },
    });
    guest = new Client(platform.access.url);
    admin = guest.as(platform.access.adminToken);
    ada = guest.as(platform.access.customerToken);
  });
  after(async () => {
    await assertInvariants(platform);
    await platform.stop();
  });

  const search = async (query: string) => (await guest.get<ProductPage>(`/api/products?${query}`)).body;

  test('is on these stores, and says so', async () => {
    const ready = await fetch(`${platform.access.adminUrl}/readyz`);
    assert.equal(ready.status, 200, await ready.text());
    const metrics = await (await fetch(`${platform.access.adminUrl}/metrics`)).text();
    // Declared on MongoDB only, and one sample for each replica.
    assert.equal(metrics.match(/^catalog_unannounced_events\{.*service="catalog"/gm)?.length, 2);
    assert.match(metrics, /^catalog_shared_cache_up\{.*\} 1$/m);
  });

  test('a shopper finds a product despite a typing error, and buys it', async () => {
    const found = await eventually('the index holds the goods', async () => {
      const page = await search('q=senchaa&inStock=true');
      return page.items.find(({ sku }) => sku === 'TEA-SENCHA-100');
    });
    assert.ok(found.highlight?.name.some(({ text, match }) => match && text === 'Sencha'));
    const before = found.available ?? 0;
    const placed = await ada.order(orderOf(found.sku, 2));
    assert.equal(placed.body.status, 'CONFIRMED');
    const order = (await ada.get<Order>(`/api/orders/${placed.body.orderId}`)).body;
    assert.equal(order.total.amount, found.price.amount * 2);
    await eventually('the search follows the stock', async () => {
      const page = await search('q=sencha&limit=100');
      return page.items.find(({ sku }) => sku === found.sku)?.available === before - 2;
    });
  });

  test('an edit is in force on the page at once, and in the search soon', async () => {
    const { body, headers } = await admin.get<Product>('/api/products/TEA-SENCHA-100');
    const etag = headers.get('etag') ?? '';
    const price = { ...body.price, amount: body.price.amount + 10 };
    const edit = (match: string) =>
      admin.request('PATCH', `/api/products/${body.sku}`, {
        body: { price },
        headers: { 'if-match': match },
      });
    assert.equal((await edit(etag)).status, 200);
    assert.equal((await edit(etag)).status, 412);
    assert.deepEqual((await admin.get<Product>(`/api/products/${body.sku}`)).body.price, price);
    await eventually('the search shows the new price', async () => {
      const page = await search('q=sencha&limit=100');
      return page.items.find(({ sku }) => sku === body.sku)?.price.amount === price.amount;
    });
  });
});
