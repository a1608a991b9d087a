/** The promises of the README, each shown to hold against the whole platform. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import type { Order, Payment, PaymentHealth, Stock } from '@ecommercestack/contracts';
import { Client, orderOf } from '../client.ts';
import { eventually } from '../eventually.ts';
import { assertInvariants } from '../invariants.ts';
import { testStack, type Platform, type StartPlatform } from '../platform.ts';
import { chargesOf, setProviderMode } from '../provider.ts';

/** `start` decides on the runtime. */
export function describeGuarantees(start: StartPlatform): void {
  describe('the guarantees', () => {
    let platform: Platform;
    let admin: Client;
    let ada: Client;
    const tokens = new Map<string, string>();

    before(async () => {
      platform = await start();
      const customers = ['ada', ...Array.from({ length: 200 }, (_, index) => `buyer-${index}`)];
      for (const [customer, token] of await platform.tokens(customers)) tokens.set(customer, token);
      admin = new Client(platform.access.url, platform.access.adminToken);
      ada = admin.as(tokens.get('ada'));
    });

    after(async () => {
      await platform.stop();
    });

    async function product(sku: string, stock: number): Promise<void> {
      const price = { amount: 500, currency: 'EUR' };
      await admin.post('/api/products', { sku, name: sku, category: 'test', brand: 'Acme', price });
      await admin.post(`/api/inventory/${sku}/restock`, { quantity: stock });
    }

    async function terminal(client: Client, orderId: string): Promise<Order> {
      return await eventually(`order ${orderId} is terminal`, async () => {
        const { body } = await client.get<Order>(`/api/orders/${orderId}`);
        return ['CONFIRMED', 'REJECTED', 'CANCELLED'].includes(body.status) && body;
      });
    }

    test('200 concurrent buyers of the last unit: exactly 1 confirmed, 199 out of stock', async () => {
      await product('LAST-UNIT', 1);
      const answers = await Promise.all(
        Array.from(
          { length: 200 },
          async (_, index) => await ada.as(tokens.get(`buyer-${index}`)).order(orderOf('LAST-UNIT')),
        ),
      );
      const outcomes = Map.groupBy(answers, ({ body }) => body.reason ?? body.status);
      assert.equal(outcomes.get('CONFIRMED')?.length, 1);
      assert.equal(outcomes.get('out-of-stock')?.length, 199);
      const stock = (await ada.get<Stock>('/api/inventory/LAST-UNIT')).body;
      assert.deepEqual([stock.available, stock.held, stock.committed], [0, 0, 1]);
      await assertInvariants(platform);
    });

    test('the same key and body give the same answer; another body is refused; concurrent repeats have one effect', async () => {
      await product('IDEMPOTENT', 50);
      const key = randomUUID();
      const repeats = await Promise.all(
        Array.from({ length: 20 }, async () => await ada.order(orderOf('IDEMPOTENT', 2), { key })),
      );
      assert.deepEqual([...new Set(repeats.map((each) => each.status))], [202]);
      assert.equal(new Set(repeats.map((each) => each.body.orderId)).size, 1);
      assert.equal(repeats.filter((each) => each.headers.get('idempotency-replayed') === 'true').length, 19);
      const other = await ada.order(orderOf('IDEMPOTENT', 3), { key });
      assert.equal(other.status, 422);
      assert.equal((other.body as unknown as { code: string }).code, 'idempotency-key-reused');
      const stranger = await ada.as(tokens.get('buyer-1')).order(orderOf('IDEMPOTENT', 3), { key });
      assert.equal(stranger.status, 202, 'keys belong to a customer');
      assert.equal((await ada.get<Stock>('/api/inventory/IDEMPOTENT')).body.committed, 5);
      await assertInvariants(platform);
    });

    test('a timeout after the charge ends with one charge', async () => {
      await product('TIMEOUT', 10);
      for (const token of ['tok_timeout_after_charge', 'tok_capture_timeout', 'tok_error_once']) {
        const { body: placed } = await ada.post<Order>('/api/orders', orderOf('TIMEOUT', 1, token));
        const order = await terminal(ada, placed.orderId);
        assert.equal(order.status, 'CONFIRMED', token);
        assert.deepEqual(
          await chargesOf(platform, order.orderId),
          { captured: 500, refunded: 0, captures: 1 },
          token,
        );
      }
      await assertInvariants(platform);
    });

    test('duplicate and early webhooks change nothing', async () => {
      await product('WEBHOOK', 10);
      for (const token of ['tok_webhook_duplicate', 'tok_webhook_early']) {
        const { body: order } = await ada.order(orderOf('WEBHOOK', 1, token));
        assert.equal(order.status, 'CONFIRMED', token);
        assert.equal((await chargesOf(platform, order.orderId)).captures, 1);
      }
      const forged = await ada
        .as(undefined)
        .post('/api/payments/webhook', { id: 'evt_1' }, { 'stripe-signature': 't=1,v1=00' });
      assert.equal(forged.status, 400);
      await assertInvariants(platform);
    });

    test('a cancel raced against the capture: one of them wins, and stock and money follow it', async () => {
      const rounds = 60;
      await product('RACE', rounds);
      const outcomes = await Promise.all(
        Array.from({ length: rounds }, async (_, index) => {
          const buyer = ada.as(tokens.get(`buyer-${index}`));
          const { body: placed } = await buyer.post<Order>('/api/orders', orderOf('RACE'));
          await new Promise((resolve) => setTimeout(resolve, index));
          const cancel = await buyer.post(`/api/orders/${placed.orderId}/cancel`);
          const order = await terminal(buyer, placed.orderId);
          assert.equal(order.status, cancel.status === 202 ? 'CANCELLED' : 'CONFIRMED');
          const { captured, refunded } = await chargesOf(platform, placed.orderId);
          assert.equal(captured - refunded, order.status === 'CONFIRMED' ? 500 : 0);
          return order.status;
        }),
      );
      const confirmed = outcomes.filter((status) => status === 'CONFIRMED').length;
      const stock = (await ada.get<Stock>('/api/inventory/RACE')).body;
      assert.deepEqual([stock.available, stock.held, stock.committed], [rounds - confirmed, 0, confirmed]);
      await assertInvariants(platform);
    });

    test('no cancel completes while the payment is unknown', async () => {
      await product('UNKNOWN', 5);
      const { body: placed } = await ada.post<Order>(
        '/api/orders',
        orderOf('UNKNOWN', 1, 'tok_timeout_after_charge'),
      );
      await eventually('the payment was sent', async () => {
        const { body } = await ada.get<{ items: Payment[] }>(`/api/payments?orderId=${placed.orderId}`);
        return body.items.length > 0;
      });
      assert.equal((await ada.post(`/api/orders/${placed.orderId}/cancel`)).status, 202);
      assert.equal((await terminal(ada, placed.orderId)).status, 'CANCELLED');
      const charges = await chargesOf(platform, placed.orderId);
      assert.equal(charges.captured - charges.refunded, 0);
      const { body } = await ada.get<{ items: Payment[] }>(`/api/payments?orderId=${placed.orderId}`);
      assert.equal(body.items[0]?.status, 'voided');
      await assertInvariants(platform);
    });

    test('the breaker opens, holds orders back, and recovers; thresholds change without a restart', async () => {
      await product('BREAKER', 50);
      await platform.editStack(
        testStack(
          '{ name: payment, provider: { circuitBreaker: { failureThreshold: 2, openSeconds: 1, halfOpenRequests: 2 } } }',
        ),
      );
      const health = async () => (await admin.get<PaymentHealth>('/api/payments/health')).body.provider;
      await eventually(
        'the new threshold is in force',
        async () => (await health()).settings.failureThreshold === 2,
      );
      await setProviderMode(platform, 'errors');
      const placed = await Promise.all(
        Array.from(
          { length: 6 },
          async (_, index) =>
            (await ada.as(tokens.get(`buyer-${index}`)).post<Order>('/api/orders', orderOf('BREAKER'))).body,
        ),
      );
      await eventually('the breaker opens', async () => (await health()).state !== 'CLOSED');
      await setProviderMode(platform, 'ok');
      const orders = await Promise.all(placed.map(async ({ orderId }) => await terminal(admin, orderId)));
      assert.deepEqual(
        [...new Set(orders.map((order) => order.status))],
        ['CONFIRMED'],
        'orders waited, none was lost',
      );
      await eventually('the breaker closes', async () => (await health()).state === 'CLOSED');
      await assertInvariants(platform);
    });

    test('a canary gets its share, sticky per customer, chosen by the settings file', async () => {
      await platform.editStack(testStack('{ name: catalog, canary: { version: 0.2.0-rc.1, weight: 30 } }'));
      const servedBy = async (client: Client, headers: Record<string, string> = {}) =>
        (await client.get('/api/products/LAST-UNIT', headers)).headers.get('x-served-by');
      await eventually(
        'the canary serves staff who ask for it',
        async () => (await servedBy(admin, { 'x-canary': 'always' })) === 'catalog@0.2.0-rc.1',
      );
      const buyers = [...tokens.values()];
      const first = await Promise.all(buyers.map(async (token) => await servedBy(ada.as(token))));
      const second = await Promise.all(buyers.map(async (token) => await servedBy(ada.as(token))));
      assert.deepEqual(first, second, 'each customer stays with a version');
      const share = first.filter((version) => version === 'catalog@0.2.0-rc.1').length / first.length;
      assert.ok(share > 0.15 && share < 0.45, `about 30 % of 201 customers, was ${share}`);
      await platform.editStack(testStack('{ name: catalog, canary: { version: 0.2.0-rc.1, weight: 60 } }'));
      const raised = await eventually('the weight is raised', async () => {
        const now = await Promise.all(buyers.map(async (token) => await servedBy(ada.as(token))));
        return now.filter((version) => version === 'catalog@0.2.0-rc.1').length / now.length > 0.45 && now;
      });
      first.forEach((version, index) => {
        if (version === 'catalog@0.2.0-rc.1')
          assert.equal(raised[index], version, 'a higher weight only adds customers');
      });
    });
  });
}
