/** What a shopper and a shop owner do, over HTTP, against the whole platform. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type {
  MailboxMessage,
  Notification,
  Order,
  Payment,
  Product,
  ProductPage,
  Stock,
} from '@ecommercestack/contracts';
import { address, orderOf, type Client } from '../client.ts';
import { eventually } from '../eventually.ts';
import { assertInvariants } from '../invariants.ts';
import type { StartPlatform } from '../platform.ts';
import { openShop, type Shop } from '../shop.ts';

interface Page<T> {
  items: T[];
  nextCursor?: string;
}

/** `start` decides on the runtime. */
export function describeJourneys(start: StartPlatform): void {
  describe('the shop, end to end', () => {
    let shop: Shop;
    let guest: Client;
    let admin: Client;
    let ada: Client;
    let bob: Client;

    before(async () => {
      shop = await openShop(await start());
      ({ guest, admin, ada, bob } = shop);
    });

    after(async () => {
      await assertInvariants(shop.platform);
      await shop.platform.stop();
    });

    test('a newcomer finds at least 60 products in at least 6 categories, all stocked', async () => {
      const { status, body } = await guest.get<ProductPage>('/api/products?limit=100');
      assert.equal(status, 200);
      assert.ok(body.total >= 60);
      assert.ok(body.facets.category.length >= 6);
      const skus = body.items.map((product) => product.sku).join(',');
      const stocks = await guest.get<{ missing: string[] }>(`/api/inventory?skus=${skus}`);
      assert.deepEqual(stocks.body.missing, []);
    });

    test('search, order, pay, follow, and be told', async () => {
      const search = await guest.get<ProductPage>('/api/products?q=tea&inStock=true&sort=price-asc&limit=5');
      const product = search.body.items[0];
      assert.ok(product, 'the seeded catalogue sells tea');
      const { body: towels } = await guest.get<ProductPage>('/api/products?q=tea%20towel');
      assert.deepEqual(
        towels.items[0]?.highlight?.name.filter(({ match }) => match).map(({ text }) => text),
        ['Tea', 'Towels'],
      );
      const stockBefore = (await guest.get<Stock>(`/api/inventory/${product.sku}`)).body;

      const placed = await ada.order(orderOf(product.sku, 2));
      assert.equal(placed.status, 202);
      assert.equal(placed.headers.get('location'), `/api/orders/${placed.body.orderId}`);
      assert.equal(placed.body.status, 'CONFIRMED');
      assert.deepEqual(placed.body.total, {
        amount: product.price.amount * 2,
        currency: product.price.currency,
      });

      const order = (await ada.get<Order>(`/api/orders/${placed.body.orderId}`)).body;
      assert.equal(order.status, 'CONFIRMED');
      assert.equal(order.cancellable, false);
      const payment = (await ada.get<Page<Payment>>(`/api/payments?orderId=${order.orderId}`)).body.items[0];
      assert.equal(payment?.status, 'captured');
      assert.deepEqual(payment.amount, order.total);

      const stockAfter = (await guest.get<Stock>(`/api/inventory/${product.sku}`)).body;
      assert.equal(stockAfter.available, stockBefore.available - 2);
      assert.equal(stockAfter.committed, stockBefore.committed + 2);

      const sent = await eventually('three notifications sent', async () => {
        const { body } = await ada.get<Page<Notification>>(`/api/notifications?orderId=${order.orderId}`);
        return body.items.filter((each) => each.status === 'sent').length === 3 && body.items;
      });
      assert.deepEqual(sent.map((each) => `${each.event}/${each.channel}`).sort(), [
        'order-confirmed/email',
        'order-confirmed/push',
        'order-confirmed/sms',
      ]);
      const mailbox = (
        await ada.get<Page<MailboxMessage>>(`/api/notifications/mailbox?orderId=${order.orderId}`)
      ).body;
      assert.equal(mailbox.items.length, 3);
    });

    test('the audit trail and time travel agree', async () => {
      await shop.addProduct('TRAVEL-1', 5);
      const { body: order } = await ada.order(orderOf('TRAVEL-1'));
      const trail = (
        await ada.get<Page<{ version: number; type: string; occurredAt: string }>>(
          `/api/orders/${order.orderId}/events`,
        )
      ).body.items;
      assert.deepEqual(
        trail.map((event) => event.version),
        trail.map((_, index) => index + 1),
      );
      assert.equal(JSON.stringify(trail).includes('tok_'), false, 'the token is not in the audit trail');
      const statuses = [];
      for (const { version } of trail) {
        const then = (await ada.get<Order>(`/api/orders/${order.orderId}?asOf=${version}`)).body;
        assert.equal(then.version, version);
        statuses.push(then.status);
      }
      assert.equal(statuses[0], 'PENDING');
      assert.equal(statuses.at(-1), 'CONFIRMED');
      const start = trail[0]?.occurredAt ?? '';
      assert.equal(
        (await ada.get<Order>(`/api/orders/${order.orderId}?asOf=${encodeURIComponent(start)}`)).body.status,
        'PENDING',
      );
      const before = await ada.get(`/api/orders/${order.orderId}?asOf=2001-01-01T00:00:00Z`);
      assert.equal(before.status, 404);
    });

    test('the status stream shows every change and ends with the order', async () => {
      await shop.addProduct('STREAM-1', 5);
      const placed = await ada.post<Order>('/api/orders', orderOf('STREAM-1', 1, 'tok_slow'));
      assert.equal(placed.status, 202);
      const events = await ada.events(`/api/orders/${placed.body.orderId}/stream`, () => false);
      const orders = events.map((event) => event.data as Order);
      assert.equal(orders.at(-1)?.status, 'CONFIRMED');
      assert.deepEqual(
        events.map((event) => Number(event.id)),
        orders.map((order) => order.version),
      );
      const resumed = await ada.events(`/api/orders/${placed.body.orderId}/stream`, () => false, {
        'last-event-id': String(events.at(-2)?.id),
      });
      assert.deepEqual(
        resumed.map((event) => event.id),
        [events.at(-1)?.id],
      );
    });

    test('stock levels are streamed as they change', async () => {
      await shop.addProduct('LEVEL-1', 5);
      const levels = guest.events('/api/inventory/stream?skus=LEVEL-1', (events) => events.length >= 1);
      const bought = (async () => {
        // The stream starts at "from now on": keep changing the level until it has been seen.
        let done = false;
        void levels.finally(() => (done = true));
        while (!done) await admin.post('/api/inventory/LEVEL-1/restock', { quantity: 1 });
      })();
      const [first] = await levels;
      await bought;
      assert.equal(first?.event, 'stock-level');
      assert.equal((first.data as { sku: string }).sku, 'LEVEL-1');
    });

    test('declined and out of stock end as typed rejections, with nothing held or charged', async () => {
      await shop.addProduct('DECLINE-1', 3);
      const declined = await ada.order(orderOf('DECLINE-1', 2, 'tok_decline'));
      assert.deepEqual([declined.body.status, declined.body.reason], ['REJECTED', 'payment-declined']);
      const tooMany = await ada.order(orderOf('DECLINE-1', 4));
      assert.deepEqual([tooMany.body.status, tooMany.body.reason], ['REJECTED', 'out-of-stock']);
      const stock = (await guest.get<Stock>('/api/inventory/DECLINE-1')).body;
      assert.deepEqual([stock.available, stock.held, stock.committed], [3, 0, 0]);
    });

    test('lines of one SKU are added up before stock is asked for', async () => {
      await shop.addProduct('TWICE-1', 3);
      const request = {
        ...orderOf('TWICE-1', 2),
        items: [
          { sku: 'TWICE-1', quantity: 2 },
          { sku: 'TWICE-1', quantity: 2 },
        ],
      };
      const { body } = await ada.order(request);
      assert.deepEqual([body.status, body.reason], ['REJECTED', 'out-of-stock']);
    });

    test('staff refund a confirmed order: the money and the stock come back and the customer is told', async () => {
      await shop.addProduct('REFUND-1', 1);
      const { body: order } = await ada.order(orderOf('REFUND-1'));
      assert.equal((await ada.post(`/api/orders/${order.orderId}/refund`)).status, 403);
      assert.equal((await admin.post(`/api/orders/${order.orderId}/refund`)).status, 202);
      await eventually(
        'the order is cancelled',
        async () => (await ada.get<Order>(`/api/orders/${order.orderId}`)).body.status === 'CANCELLED',
      );
      const payment = (await ada.get<Page<Payment>>(`/api/payments?orderId=${order.orderId}`)).body.items[0];
      assert.equal(payment?.status, 'refunded');
      assert.equal((await guest.get<Stock>('/api/inventory/REFUND-1')).body.available, 1);
      await eventually('a refund notice', async () => {
        const { body } = await ada.get<Page<Notification>>(`/api/notifications?orderId=${order.orderId}`);
        return body.items.some((each) => each.event === 'order-refunded' && each.status === 'sent');
      });
    });

    test('lists page through cursors, filtered by status, own orders only', async () => {
      await shop.addProduct('LIST-1', 100);
      for (let index = 0; index < 5; index++) await bob.order(orderOf('LIST-1'));
      await bob.order(orderOf('LIST-1', 1, 'tok_decline'));
      const seen: string[] = [];
      await eventually(
        'the list shows all six',
        async () => (await bob.get<Page<Order>>('/api/orders')).body.items.length === 6,
      );
      let cursor: string | undefined;
      do {
        const path: string = `/api/orders?status=CONFIRMED&limit=2${cursor === undefined ? '' : `&cursor=${cursor}`}`;
        const page = (await bob.get<Page<Order>>(path)).body;
        seen.push(...page.items.map((order) => order.orderId));
        cursor = page.nextCursor;
      } while (cursor !== undefined);
      assert.equal(seen.length, 5);
      assert.equal(new Set(seen).size, 5);
      const batch = await ada.get<Page<Order>>(`/api/orders?ids=${seen.join(',')}`);
      assert.deepEqual(batch.body.items, [], "other people's orders are left out");
      const all = await admin.get<Page<Order>>(`/api/orders?customerId=bob&limit=100`);
      assert.equal(all.body.items.length, 6);
    });

    test("other people's orders do not exist for a customer", async () => {
      await shop.addProduct('OWN-1', 5);
      const { body: order } = await ada.order(orderOf('OWN-1'));
      for (const path of ['', '/events', '/stream', '?asOf=1']) {
        assert.equal((await bob.get(`/api/orders/${order.orderId}${path}`)).status, 404, path);
      }
      assert.equal((await bob.post(`/api/orders/${order.orderId}/cancel`)).status, 404);
      assert.deepEqual(
        (await bob.get<Page<Payment>>(`/api/payments?orderId=${order.orderId}`)).body.items,
        [],
      );
      assert.deepEqual(
        (await bob.get<Page<Notification>>(`/api/notifications?orderId=${order.orderId}`)).body.items,
        [],
      );
      assert.equal((await admin.get(`/api/orders/${order.orderId}`)).status, 200);
    });

    test('a product is created, found, changed with If-Match, travelled back to and withdrawn', async () => {
      await shop.addProduct('EDIT-1', 1, 900);
      const read = await eventually('the product shows its stock, which would change the tag', async () => {
        const answer = await guest.get<Product & { available?: number }>('/api/products/EDIT-1');
        return answer.body.available === 1 && answer;
      });
      const etag = read.headers.get('etag') ?? '';
      assert.equal((await guest.get('/api/products/EDIT-1', { 'if-none-match': etag })).status, 304);
      const changed = await admin.request<Product>('PATCH', '/api/products/EDIT-1', {
        body: { price: { amount: 1_100, currency: 'EUR' } },
        headers: { 'if-match': '"1"' },
      });
      assert.equal(changed.status, 200, JSON.stringify(changed.body));
      const stale = await admin.request('PATCH', '/api/products/EDIT-1', {
        body: { name: 'Late' },
        headers: { 'if-match': '"1"' },
      });
      assert.equal(stale.status, 412);
      assert.equal((await guest.get<Product>('/api/products/EDIT-1')).body.price.amount, 1_100);
      assert.equal((await guest.get<Product>('/api/products/EDIT-1?asOf=1')).body.price.amount, 900);
      await eventually('the search shows the new price', async () => {
        const { body } = await guest.get<ProductPage>(
          '/api/products?q=EDIT-1%20Test&category=test&minPrice=1100&maxPrice=1100',
        );
        return body.items.some((product) => product.sku === 'EDIT-1');
      });
      assert.equal((await admin.request('DELETE', '/api/products/EDIT-1')).status, 200);
      assert.equal((await guest.get('/api/products/EDIT-1')).status, 404);
      const gone = await ada.order(orderOf('EDIT-1'));
      assert.equal((gone.body as unknown as { code: string }).code, 'unknown-product');
      assert.equal((await admin.get<Page<unknown>>('/api/products/EDIT-1/events')).body.items.length, 3);
    });

    test('a customer chooses the channels', async () => {
      await shop.addProduct('QUIET-1', 5);
      const { body: preferences } = await bob.get<Record<string, { enabled: boolean }>>(
        '/api/notifications/preferences',
      );
      const quiet = { ...preferences, sms: { enabled: false }, push: { enabled: false } };
      assert.equal((await bob.request('PUT', '/api/notifications/preferences', { body: quiet })).status, 200);
      const { body: order } = await bob.order(orderOf('QUIET-1'));
      const notices = await eventually('the e-mail is sent', async () => {
        const { body } = await bob.get<Page<Notification>>(`/api/notifications?orderId=${order.orderId}`);
        return body.items.some((each) => each.channel === 'email' && each.status === 'sent') && body.items;
      });
      const others = notices.filter((each) => each.channel !== 'email');
      assert.ok(others.every((each) => each.status === 'suppressed'));
    });

    test('bad input gets a typed problem and changes nothing', async () => {
      const bad: readonly [unknown, number, string][] = [
        [{ ...orderOf('X'), price: 1 }, 400, 'invalid-request'],
        [{ ...orderOf('X'), items: [] }, 400, 'invalid-request'],
        [{ ...orderOf('X'), items: [{ sku: 'X', quantity: 0 }] }, 400, 'invalid-request'],
        [{ ...orderOf('X'), items: [{ sku: 'X', quantity: 1_000 }] }, 400, 'invalid-request'],
        [
          {
            ...orderOf('X'),
            items: Array.from({ length: 51 }, (_, index) => ({ sku: `X${index}`, quantity: 1 })),
          },
          400,
          'invalid-request',
        ],
        [
          { ...orderOf('X'), shippingAddress: { ...address, line2: '4242 4242 4242 4242' } },
          422,
          'card-number-refused',
        ],
        [orderOf('NO-SUCH-SKU'), 422, 'unknown-product'],
      ];
      for (const [body, status, code] of bad) {
        const answer = await ada.post<{ code: string }>('/api/orders', body);
        assert.deepEqual([answer.status, answer.body.code], [status, code], JSON.stringify(body));
        assert.equal(answer.headers.get('content-type')?.startsWith('application/problem+json'), true);
      }
      assert.equal((await guest.post('/api/orders', orderOf('X'))).status, 401);
      assert.equal((await guest.as('not.a.token').post('/api/orders', orderOf('X'))).status, 401);
      assert.equal((await ada.request('POST', '/api/orders', { rawBody: '{' })).status, 400);
      assert.equal(
        (await ada.request('POST', '/api/orders', { rawBody: `{"items":"${'x'.repeat(100_000)}"}` })).status,
        413,
      );
      assert.equal((await ada.post('/api/products', { sku: 'HACK' })).status, 403);
    });

    test('health, readiness and metrics are served on the admin port', async () => {
      const operations = async (path: string) => await fetch(shop.platform.access.adminUrl + path);
      assert.equal((await operations('/healthz')).status, 200);
      assert.equal((await operations('/readyz')).status, 200);
      const metrics = await (await operations('/metrics')).text();
      for (const name of [
        'orders_created_total{',
        'order_processing_duration_seconds_bucket{',
        'order_value_bucket{',
        'payments_processed_total{',
        'circuit_breaker_state{',
        'http_server_request_duration_seconds_bucket{',
        'outbox_oldest_age_seconds{',
        'outbox_pending_messages{',
        'pg_pool_connections{',
        'nodejs_eventloop_lag',
        'invariant_violations{',
      ]) {
        assert.ok(metrics.includes(name), `${name} is missing`);
      }
    });
  });
}
