/** `kill -9` of the whole platform under load: every accepted order ends, nothing is charged twice. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Order } from '@ecommercestack/contracts';
import { Client, orderOf } from '../src/client.ts';
import { eventually } from '../src/eventually.ts';
import { assertInvariants } from '../src/invariants.ts';
import { Platform, testStack } from '../src/platform.ts';
import { allCharges } from '../src/provider.ts';

const KILLS = 3;
const BUYERS = 16;
const TOKENS = [
  'tok_ok',
  'tok_ok',
  'tok_ok',
  'tok_decline',
  'tok_timeout_after_charge',
  'tok_webhook_duplicate',
];

/** The lost answers open the breaker towards the provider: it should be tried again within the time of a test. */
const impatientBreaker = '{ name: payment, provider: { circuitBreaker: { openSeconds: 2 } } }';

interface Attempt {
  readonly key: string;
  readonly token: string;
  readonly buyer: string;
  /** Undefined: the connection broke, so the outcome is unknown. */
  orderId: string | undefined;
}

const ends = new Set(['CONFIRMED', 'REJECTED', 'CANCELLED']);

async function readOrders(client: Client, orderIds: readonly string[]): Promise<ReadonlyMap<string, Order>> {
  const found = new Map<string, Order>();
  for (let start = 0; start < orderIds.length; start += 100) {
    const page = orderIds.slice(start, start + 100).join(',');
    const { body } = await client.get<{ items: Order[] }>(`/api/orders?ids=${page}`);
    for (const order of body.items) found.set(order.orderId, order);
  }
  return found;
}

describe('kill -9 of the whole platform under load', () => {
  let platform: Platform;
  let tokens: Map<string, string>;

  before(async () => {
    platform = await Platform.start({ stack: testStack(impatientBreaker) });
    tokens = await platform.tokens(Array.from({ length: BUYERS }, (_, index) => `buyer-${index}`));
    const admin = new Client(platform.access.url, platform.access.adminToken);
    const price = { amount: 700, currency: 'EUR' };
    await admin.post('/api/products', {
      sku: 'CRASH',
      name: 'Crash test',
      category: 'test',
      brand: 'Acme',
      price,
    });
    await admin.post('/api/inventory/CRASH/restock', { quantity: 100_000 });
  });

  after(async () => {
    await platform.stop();
  });

  /** Places orders one after another until the platform is gone. */
  async function shop(visitor: Client, buyer: string, attempts: Attempt[]): Promise<void> {
    const client = visitor.as(tokens.get(buyer));
    for (let round = 0; ; round++) {
      const attempt: Attempt = {
        key: randomUUID(),
        token: TOKENS[round % TOKENS.length] ?? 'tok_ok',
        buyer,
        orderId: undefined,
      };
      attempts.push(attempt);
      try {
        const answer = await client.post<Order>('/api/orders', orderOf('CRASH', 1, attempt.token), {
          'idempotency-key': attempt.key,
        });
        assert.equal(answer.status, 202);
        attempt.orderId = answer.body.orderId;
      } catch (error) {
        if (error instanceof assert.AssertionError) throw error;
        return;
      }
    }
  }

  test('every accepted order is terminal afterwards, with one charge where confirmed', async () => {
    const attempts: Attempt[] = [];
    for (let kill = 0; kill < KILLS; kill++) {
      const visitor = new Client(platform.access.url);
      const load = Promise.all(
        [...tokens.keys()].map(async (buyer) => {
          await shop(visitor, buyer, attempts);
        }),
      );
      const enough = attempts.length + 40 + kill * 40;
      const limit = performance.now() + 60_000;
      while (attempts.length < enough && performance.now() < limit) await sleep(5);
      await platform.kill9();
      await load;
      await platform.start();
    }
    const unknown = attempts.filter((attempt) => attempt.orderId === undefined);
    const admin = new Client(platform.access.url, platform.access.adminToken);
    await Promise.all(
      unknown.map(async (attempt) => {
        const order = orderOf('CRASH', 1, attempt.token);
        const client = admin.as(tokens.get(attempt.buyer));
        const retried = await client.post<Order>('/api/orders', order, { 'idempotency-key': attempt.key });
        assert.equal(retried.status, 202, 'a retry with the same key always gets an answer');
        attempt.orderId = retried.body.orderId;
      }),
    );
    const orderIds = attempts.map((attempt) => attempt.orderId ?? '');
    assert.equal(new Set(orderIds).size, attempts.length, 'one order per key');
    const orders = await eventually(
      'every order is terminal',
      async () => {
        const found = await readOrders(admin, orderIds);
        return [...found.values()].every(({ status }) => ends.has(status)) && found;
      },
      { deadlineMs: 150_000 },
    );
    const charges = await allCharges(platform);
    for (const { orderId = '', token } of attempts) {
      const status = orders.get(orderId)?.status;
      assert.equal(status, token === 'tok_decline' ? 'REJECTED' : 'CONFIRMED', orderId);
      assert.equal(charges.get(orderId)?.captures ?? 0, status === 'CONFIRMED' ? 1 : 0, orderId);
    }
    assert.ok(attempts.length >= 100, `only ${attempts.length} orders were tried`);
    await assertInvariants(platform);
  });
});
