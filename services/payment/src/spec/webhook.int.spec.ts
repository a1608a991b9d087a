/** Webhooks of the simulator, and forged, stale and contradicting ones. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, before, describe, it } from 'node:test';
import { signWebhook } from '@ecommercestack/provider-simulator';
import { spawnSimulator } from '@ecommercestack/provider-simulator/testing';
import type { SpawnedSimulator } from '@ecommercestack/provider-simulator/testing';
import { authoriseLate, startHarness, until, webhookSecret } from './harness.ts';
import type { Harness } from './harness.ts';

describe('webhooks', () => {
  let dataDir: string;
  let simulator: SpawnedSimulator;
  let payment: Harness;
  let endpoint: Server;
  const arrived: string[] = [];

  before(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'payment-webhook-'));
    endpoint = createServer((request, response) => {
      void take(request, response);
    }).listen(0, '127.0.0.1');
    await once(endpoint, 'listening');
    const webhookUrl = `http://127.0.0.1:${(endpoint.address() as AddressInfo).port}/`;
    simulator = await spawnSimulator({ dataDir, webhookUrl, webhookSecret });
    payment = await startHarness({ providerUrl: simulator.url });
  });
  after(async () => {
    await simulator.stop();
    endpoint.closeAllConnections();
    endpoint.close();
    await payment.stop();
    await rm(dataDir, { recursive: true });
  });

  async function take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await text(request);
    const outcome = await receive(body, request.headers['stripe-signature']?.toString() ?? '');
    arrived.push(body);
    response.writeHead(outcome.ok ? 200 : 400).end();
  }
  const receive = (body: string, signature: string) => payment.call('receive-webhook', { body, signature });
  const signed = (body: string, secondsAgo = 0) =>
    receive(body, signWebhook(webhookSecret, body, Math.floor(Date.now() / 1000) - secondsAgo));
  const eventsOf = async (orderId: string): Promise<string[]> => {
    const { rows } = await payment.database.pool.query<{ type: string }>(
      'SELECT type FROM events WHERE stream_id = $1 ORDER BY version',
      [`payment-${orderId}`],
    );
    return rows.map((row) => row.type);
  };
  async function eventAbout(orderId: string, change: Record<string, unknown> = {}): Promise<string> {
    const found = await fetch(`${simulator.url}/v1/payment_intents?idempotency_key=${orderId}:authorise`);
    const { data } = (await found.json()) as { data: Record<string, unknown>[] };
    const object = { ...data[0], ...change };
    return JSON.stringify({
      id: `evt_${randomUUID().replaceAll('-', '')}`,
      object: 'event',
      type: 'x',
      data: { object },
    });
  }

  for (const token of ['tok_webhook', 'tok_webhook_duplicate', 'tok_webhook_early']) {
    it(`and answers converge on one transition with ${token}`, async () => {
      const before = arrived.length;
      const order = await payment.authorise(token);
      await payment.expectReplies(order, ['payment-authorised']);
      await until(() => arrived.length - before, token === 'tok_webhook_duplicate' ? 2 : 1);
      assert.deepEqual(await eventsOf(order), ['payment-requested', 'payment-authorised']);
      assert.deepEqual(payment.repliesOf(order), ['payment-authorised']);
    });
  }

  it('settle a payment whose answer was lost, once, before the query does', async () => {
    const order = await payment.authorise('tok_timeout_after_charge');
    await until(async () => (await simulator.ledger()).some((entry) => entry.order_id === order), true);
    const body = await eventAbout(order);
    assert.deepEqual(await signed(body), { ok: true, value: { received: true } });
    assert.deepEqual(await signed(body), { ok: true, value: { received: true } });
    assert.deepEqual(payment.repliesOf(order).length <= 1, true);
    await payment.expectReplies(order, ['payment-authorised']);
    assert.equal((await eventsOf(order)).filter((type) => type === 'payment-authorised').length, 1);
  });

  it('are refused unless they are signed, recent, and unchanged', async () => {
    const order = await payment.authorise('tok_ok');
    await payment.expectReplies(order, ['payment-authorised']);
    const body = await eventAbout(order, { status: 'canceled' });
    const now = Math.floor(Date.now() / 1000);
    for (const signature of [
      '',
      'garbage',
      signWebhook('other secret', body, now),
      signWebhook(webhookSecret, `${body} `, now),
      signWebhook(webhookSecret, body, now - 301),
      signWebhook(webhookSecret, body, now + 301),
      signWebhook(webhookSecret, body, now).replace(/^t=\d+/, `t=${now - 1}`),
    ]) {
      const outcome = await receive(body, signature);
      assert.equal(!outcome.ok && outcome.problem.code, 'invalid-signature', signature);
    }
    assert.equal((await signed(body, 299)).ok, true);
    assert.deepEqual(await eventsOf(order), ['payment-requested', 'payment-authorised']);
  });

  it('are refused when they are no events', async () => {
    for (const body of ['{', '{}', '"x"']) {
      const outcome = await signed(body);
      assert.equal(!outcome.ok && outcome.problem.code, 'invalid-request');
    }
  });

  it('about other amounts alarm and change nothing; about strangers they are received and ignored', async () => {
    const order = await payment.authorise('tok_timeout_after_charge');
    await until(async () => (await simulator.ledger()).some((entry) => entry.order_id === order), true);
    assert.equal((await signed(await eventAbout(order, { amount: 1 }))).ok, true);
    const alarms = await payment.metric(
      'payment_provider_contradictions_total{service="payment",operation="webhook"}',
    );
    assert.match(alarms[0] ?? '', / 1$/);
    assert.equal((await signed(await eventAbout(order, { metadata: { order_id: randomUUID() } }))).ok, true);
    assert.equal((await signed(await eventAbout(order, { metadata: {} }))).ok, true);
    await payment.expectReplies(order, ['payment-authorised']);
  });

  it('void an authorisation that turns up after the payment was given up', async () => {
    const order = await payment.authorise('tok_error');
    await payment.expectStatus(order, 'unknown');
    await payment.undo(order);
    await payment.expectReplies(order, ['payment-voided']);
    await authoriseLate(simulator.url, order);
    assert.equal((await signed(await eventAbout(order))).ok, true);
    await until(async () => (await eventsOf(order)).at(-1), 'payment-late-authorisation-voided');
    const booked = (await simulator.ledger()).filter((entry) => entry.order_id === order);
    assert.deepEqual(
      booked.map((entry) => entry.type),
      ['authorised', 'canceled'],
    );
    assert.equal(await payment.statusOf(order), 'voided');
  });
});
