/** Payments against the real provider simulator: whatever goes wrong on the way, an order is charged once or not at all. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { spawnSimulator } from '@ecommercestack/provider-simulator/testing';
import type { SpawnedSimulator } from '@ecommercestack/provider-simulator/testing';
import { authoriseLate, price, startHarness, until } from './harness.ts';
import type { Harness } from './harness.ts';

describe('payments', () => {
  let dataDir: string;
  let simulator: SpawnedSimulator;
  let payment: Harness;

  before(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'payment-'));
    simulator = await spawnSimulator({ dataDir, hangMs: 2000 });
    payment = await startHarness({ providerUrl: simulator.url, breaker: { failureThreshold: 1000 } });
  });
  after(async () => {
    await payment.stop();
    await simulator.stop();
    await rm(dataDir, { recursive: true });
  });
  const booked = async (orderId: string): Promise<string[]> =>
    (await simulator.ledger()).filter((entry) => entry.order_id === orderId).map((entry) => entry.type);

  it('authorises, captures, and refunds when undone', async () => {
    const order = await payment.authorise('tok_ok');
    await payment.expectReplies(order, ['payment-authorised']);
    await payment.capture(order);
    await payment.expectReplies(order, ['payment-authorised', 'payment-captured']);
    await payment.undo(order);
    await payment.expectReplies(order, ['payment-authorised', 'payment-captured', 'payment-refunded']);
    assert.deepEqual(await booked(order), ['authorised', 'captured', 'refunded']);
    assert.deepEqual(payment.replies.find((reply) => reply.type === 'payment-refunded')?.data, {
      orderId: order,
      amount: price,
    });
  });

  it('voids an authorisation', async () => {
    const order = await payment.authorise('tok_ok');
    await payment.expectReplies(order, ['payment-authorised']);
    await payment.undo(order);
    await payment.expectReplies(order, ['payment-authorised', 'payment-voided']);
    assert.deepEqual(await booked(order), ['authorised', 'canceled']);
  });

  it('voids an authorisation that arrives long after it was given up, though nobody tells', async () => {
    const order = await payment.authorise('tok_error');
    await payment.expectStatus(order, 'unknown');
    await payment.undo(order);
    await payment.expectReplies(order, ['payment-voided']);
    await authoriseLate(simulator.url, order);
    await until(() => booked(order), ['authorised', 'canceled']);
    await payment.expectStatus(order, 'voided');
    assert.deepEqual([...new Set(payment.repliesOf(order))], ['payment-voided']);
    assert.match((await payment.metric('payment_late_authorisations_total')).join(), / 1$/);
  });

  it('tells a decline', async () => {
    const order = await payment.authorise('tok_decline');
    await payment.expectReplies(order, ['payment-declined']);
    await payment.undo(order);
    await payment.expectReplies(order, ['payment-declined', 'payment-voided']);
    assert.deepEqual(await booked(order), ['declined']);
  });

  for (const token of ['tok_timeout_after_charge', 'tok_timeout_before_charge', 'tok_error_once']) {
    it(`charges once with ${token}`, async () => {
      const order = await payment.authorise(token);
      await payment.expectReplies(order, ['payment-authorised']);
      await payment.capture(order);
      await payment.expectReplies(order, ['payment-authorised', 'payment-captured']);
      assert.deepEqual(await booked(order), ['authorised', 'captured']);
    });
  }

  it('captures once where the answer to the capture is lost', async () => {
    const order = await payment.authorise('tok_capture_timeout');
    await payment.expectReplies(order, ['payment-authorised']);
    await payment.capture(order);
    await payment.expectReplies(order, ['payment-authorised', 'payment-captured']);
    assert.deepEqual(await booked(order), ['authorised', 'captured']);
  });

  it('tells a declined capture, then voids', async () => {
    const order = await payment.authorise('tok_capture_decline');
    await payment.expectReplies(order, ['payment-authorised']);
    await payment.capture(order);
    await payment.expectReplies(order, ['payment-authorised', 'payment-capture-failed']);
    await payment.undo(order);
    await payment.expectReplies(order, ['payment-authorised', 'payment-capture-failed', 'payment-voided']);
    assert.deepEqual(await booked(order), ['authorised', 'capture_declined', 'canceled']);
  });

  it('undoes only when it knows: a void while the outcome is unknown waits, then voids what was charged', async () => {
    const order = await payment.authorise('tok_timeout_after_charge');
    await payment.undo(order);
    await payment.expectReplies(order, ['payment-voided']);
    assert.deepEqual(await booked(order), ['authorised', 'canceled']);
  });

  it('gives up a request that never arrived, without a charge', async () => {
    const order = await payment.authorise('tok_error');
    await payment.expectStatus(order, 'unknown');
    await payment.undo(order);
    await payment.expectReplies(order, ['payment-voided']);
    assert.deepEqual(await booked(order), []);
  });

  it('refuses a request that comes after its undo', async () => {
    const order = randomUUID();
    await payment.undo(order);
    await payment.authorise('tok_ok', order);
    await payment.expectReplies(order, ['payment-voided', 'payment-voided']);
    assert.deepEqual(await booked(order), []);
  });

  it('handles a message once, and answers a repeated command with the reply of its state', async () => {
    const orderId = randomUUID();
    const data = { orderId, customerId: 'ada', amount: price, token: 'tok_ok' };
    await payment.send({ type: 'authorise-payment', data }, 3);
    await payment.expectReplies(orderId, ['payment-authorised']);
    await payment.send({ type: 'authorise-payment', data });
    await payment.expectReplies(orderId, ['payment-authorised', 'payment-authorised']);
    await payment.capture(orderId);
    await payment.expectReplies(orderId, ['payment-authorised', 'payment-authorised', 'payment-captured']);
    await payment.capture(orderId);
    await until(() => payment.repliesOf(orderId).length, 4);
    assert.deepEqual(await booked(orderId), ['authorised', 'captured']);
  });

  it('keeps tokens only while they are needed, and never in events', async () => {
    const order = await payment.authorise('tok_timeout_after_charge');
    const { pool } = payment.database;
    const tokens = async () =>
      (await pool.query('SELECT token FROM payment_tokens WHERE order_id = $1', [order])).rowCount;
    assert.equal(await tokens(), 1);
    await payment.expectReplies(order, ['payment-authorised']);
    assert.equal(await tokens(), 0);
    const { rows } = await pool.query(
      "SELECT 1 FROM events WHERE data::text LIKE '%tok_%' OR metadata::text LIKE '%tok_%'",
    );
    assert.equal(rows.length, 0);
  });

  it('drops what is no command', async () => {
    const [subscription] = payment.app.subscriptions;
    const message = { id: 'm', topic: 'payment.commands', key: 'k', time: '', source: 'order', data: {} };
    for (const type of ['authorise-payment', 'pay-me']) {
      assert.equal((await subscription?.handle({ ...message, type }))?.kind, 'drop');
    }
  });

  it('shows a customer his own payments, and staff all', async () => {
    const order = await payment.authorise('tok_ok');
    await payment.expectReplies(order, ['payment-authorised']);
    const read = async (id: string, roles: readonly string[]) => {
      const outcome = await payment.call('get-payments', { orderIds: [order] }, { actor: { id, roles } });
      assert.ok(outcome.ok);
      return (outcome.value as { items: { status: string; amount: unknown }[] }).items;
    };
    assert.equal((await read('ada', ['customer']))[0]?.status, 'authorised');
    assert.deepEqual((await read('staff-1', ['support']))[0]?.amount, price);
    assert.deepEqual(await read('eve', ['customer']), []);
  });

  it('counts outcomes and open questions', async () => {
    const authorised = await payment.metric(
      'payments_processed_total{service="payment",outcome="authorised"}',
    );
    assert.match(authorised[0] ?? '', / [1-9]\d*$/);
    assert.match((await payment.metric('payment_unknown_open'))[0] ?? '', / 0$/);
    const requests = await payment.metric('payment_provider_request_duration_seconds_count');
    assert.ok(requests.some((line) => line.includes('operation="find"') && line.includes('result="found"')));
  });
});
