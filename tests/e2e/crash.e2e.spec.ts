/** `kill -9` of the whole platform under load: every accepted order ends, nothing is charged twice. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Order } from '@ecommercestack/contracts';
import { Client, orderOf } from '../src/client.ts';
import { eventually } from '../src/eventually.ts';
import { assertInvariants } from '../src/invariants.ts';
import { Platform } from '../src/platform.ts';
import { chargesOf } from '../src/provider.ts';

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

interface Attempt {
  readonly key: string;
  readonly token: string;
  readonly buyer: string;
  /** Undefined: the connection broke, so the outcome is unknown. */
  orderId: string | undefined;
}

describe('kill -9 of the whole platform under load', () => {
  let platform: Platform;
  let tokens: Map<string, string>;

  before(async () => {
    platform = await Platform.start();
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
      await sleep(700 + kill * 400);
      await platform.kill9();
      await load;
      await platform.start();
    }
    const unknown = attempts.filter((attempt) => attempt.orderId === undefined);
    const admin = new Client(platform.access.url, platform.access.adminToken);
    for (const attempt of unknown) {
      const client = admin.as(tokens.get(attempt.buyer));
      const retried = await client.order(orderOf('CRASH', 1, attempt.token), { key: attempt.key });
      assert.equal(retried.status, 202, 'a retry with the same key always gets an answer');
      attempt.orderId = retried.body.orderId;
    }
    assert.equal(
      new Set(attempts.map((attempt) => attempt.orderId)).size,
      attempts.length,
      'one order per key',
    );
    for (const attempt of attempts) {
      const order = await eventually(`order ${attempt.orderId} is terminal`, async () => {
        const { body } = await admin.get<Order>(`/api/orders/${attempt.orderId}`);
        return ['CONFIRMED', 'REJECTED', 'CANCELLED'].includes(body.status) && body;
      });
      assert.equal(order.status, attempt.token === 'tok_decline' ? 'REJECTED' : 'CONFIRMED');
      const { captures } = await chargesOf(platform, order.orderId);
      assert.equal(captures, order.status === 'CONFIRMED' ? 1 : 0);
    }
    assert.ok(attempts.length >= 100, `only ${attempts.length} orders were tried`);
    await assertInvariants(platform);
  });
});
