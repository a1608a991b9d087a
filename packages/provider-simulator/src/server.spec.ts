import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { startSimulator } from './server.ts';
import type { RunningSimulator } from './server.ts';
import { readLedger } from './testing.ts';

interface Reply {
  readonly status: number;
  readonly body: Record<string, unknown> & { error?: Record<string, unknown> };
}

describe('the simulator over HTTP', () => {
  let dataDir: string;
  let simulator: RunningSimulator;

  before(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'simulator-'));
  });
  after(() => rm(dataDir, { recursive: true }));
  beforeEach(async () => {
    simulator = await startSimulator({ dataDir, slowMs: 30, hangMs: 0 });
  });
  afterEach(() => simulator.close());

  async function post(path: string, fields: Record<string, string>, key?: string): Promise<Reply> {
    const response = await fetch(simulator.url + path, {
      method: 'POST',
      body: new URLSearchParams(fields),
      headers: key === undefined ? {} : { 'idempotency-key': key },
    });
    return { status: response.status, body: (await response.json()) as Reply['body'] };
  }
  async function get(path: string): Promise<Reply> {
    const response = await fetch(simulator.url + path);
    return { status: response.status, body: (await response.json()) as Reply['body'] };
  }
  const intentFields = (token: string, order: string, amount = '1999'): Record<string, string> => ({
    amount,
    currency: 'eur',
    payment_method: token,
    capture_method: 'manual',
    confirm: 'true',
    'metadata[order_id]': order,
  });
  let orders = 0;
  const newOrder = (): string => `order-${(orders += 1)}`;
  async function authorise(token: string): Promise<{ id: string; order: string }> {
    const order = newOrder();
    const reply = await post('/v1/payment_intents', intentFields(token, order), `${order}:a`);
    assert.equal(reply.status, 200);
    return { id: reply.body['id'] as string, order };
  }
  const entriesOf = async (order: string): Promise<string[]> =>
    (await readLedger(simulator.url)).filter((entry) => entry.order_id === order).map((entry) => entry.type);

  it('authorises, captures and refunds', async () => {
    const { id, order } = await authorise('tok_ok');
    const captured = await post(`/v1/payment_intents/${id}/capture`, {}, `${order}:c`);
    assert.equal(captured.body['status'], 'succeeded');
    assert.equal(captured.body['amount_received'], 1999);
    const part = await post('/v1/refunds', { payment_intent: id, amount: '999' }, `${order}:r1`);
    assert.equal(part.body['amount'], 999);
    const rest = await post('/v1/refunds', { payment_intent: id }, `${order}:r2`);
    assert.equal(rest.body['amount'], 1000);
    const more = await post('/v1/refunds', { payment_intent: id }, `${order}:r3`);
    assert.equal(more.body.error?.['code'], 'charge_already_refunded');
    assert.deepEqual(await entriesOf(order), ['authorised', 'captured', 'refunded', 'refunded']);
  });

  it('cancels an authorisation once and never captures it then', async () => {
    const { id, order } = await authorise('tok_ok');
    assert.equal(
      (await post(`/v1/payment_intents/${id}/cancel`, {}, `${order}:v`)).body['status'],
      'canceled',
    );
    const again = await post(`/v1/payment_intents/${id}/cancel`, {}, `${order}:v2`);
    assert.equal(again.body.error?.['code'], 'payment_intent_unexpected_state');
    assert.equal((await post(`/v1/payment_intents/${id}/capture`, {}, `${order}:c`)).status, 400);
    assert.deepEqual(await entriesOf(order), ['authorised', 'canceled']);
  });

  it('answers a repeated key as the first time, and refuses it with other parameters', async () => {
    const order = newOrder();
    const first = await post('/v1/payment_intents', intentFields('tok_ok', order), order);
    assert.deepEqual(await post('/v1/payment_intents', intentFields('tok_ok', order), order), first);
    const other = await post('/v1/payment_intents', intentFields('tok_ok', order, '5'), order);
    assert.equal(other.status, 400);
    assert.equal(other.body.error?.['type'], 'idempotency_error');
    assert.deepEqual(await entriesOf(order), ['authorised']);
  });

  it('gives concurrent requests of one key one effect', async () => {
    const order = newOrder();
    const request = (): Promise<Reply> => post('/v1/payment_intents', intentFields('tok_slow', order), order);
    const statuses = (await Promise.all([request(), request(), request()])).map((reply) => reply.status);
    assert.deepEqual(
      statuses.toSorted((a, b) => a - b),
      [200, 409, 409],
    );
    assert.deepEqual(await entriesOf(order), ['authorised']);
  });

  for (const [token, code] of [
    ['tok_decline', 'generic_decline'],
    ['tok_insufficient_funds', 'insufficient_funds'],
  ] as const) {
    it(`declines ${token}`, async () => {
      const order = newOrder();
      const reply = await post('/v1/payment_intents', intentFields(token, order), order);
      assert.equal(reply.status, 402);
      assert.equal(reply.body.error?.['code'], 'card_declined');
      assert.equal(reply.body.error['decline_code'], code);
      assert.deepEqual(await entriesOf(order), ['declined']);
    });
  }

  it('loses the answer but keeps the authorisation with tok_timeout_after_charge', async () => {
    const order = newOrder();
    await assert.rejects(post('/v1/payment_intents', intentFields('tok_timeout_after_charge', order), order));
    const found = await get(`/v1/payment_intents?idempotency_key=${order}`);
    assert.equal((found.body['data'] as { status: string }[])[0]?.status, 'requires_capture');
    const byOrder = await get(`/v1/payment_intents?metadata[order_id]=${order}`);
    assert.deepEqual(byOrder, found);
    assert.equal(
      (await post('/v1/payment_intents', intentFields('tok_timeout_after_charge', order), order)).status,
      200,
    );
    assert.deepEqual(await entriesOf(order), ['authorised']);
  });

  it('swallows the first request with tok_timeout_before_charge, a repeat goes through', async () => {
    const order = newOrder();
    await assert.rejects(
      post('/v1/payment_intents', intentFields('tok_timeout_before_charge', order), order),
    );
    assert.deepEqual((await get(`/v1/payment_intents?idempotency_key=${order}`)).body['data'], []);
    const repeat = await post('/v1/payment_intents', intentFields('tok_timeout_before_charge', order), order);
    assert.equal(repeat.status, 200);
  });

  it('fails always with tok_error, once with tok_error_once, and records nothing of it', async () => {
    const [always, once] = [newOrder(), newOrder()];
    for (const _ of [1, 2]) {
      assert.equal(
        (await post('/v1/payment_intents', intentFields('tok_error', always), always)).status,
        500,
      );
    }
    assert.equal((await post('/v1/payment_intents', intentFields('tok_error_once', once), once)).status, 500);
    assert.equal((await post('/v1/payment_intents', intentFields('tok_error_once', once), once)).status, 200);
    assert.deepEqual(await entriesOf(always), []);
    assert.deepEqual(await entriesOf(once), ['authorised']);
  });

  it('records a capture whose answer is lost, and declines captures on request', async () => {
    const lost = await authorise('tok_capture_timeout');
    await assert.rejects(post(`/v1/payment_intents/${lost.id}/capture`, {}, `${lost.order}:c`));
    assert.equal((await get(`/v1/payment_intents/${lost.id}`)).body['status'], 'succeeded');
    assert.equal((await post(`/v1/payment_intents/${lost.id}/capture`, {}, `${lost.order}:c`)).status, 200);
    const declined = await authorise('tok_capture_decline');
    assert.equal(
      (await post(`/v1/payment_intents/${declined.id}/capture`, {}, `${declined.order}:c`)).status,
      402,
    );
    assert.equal((await get(`/v1/payment_intents/${declined.id}`)).body['status'], 'requires_capture');
  });

  it('refuses unknown tokens, unknown fields and invalid values', async () => {
    for (const change of [
      { payment_method: 'tok_other' },
      { amount: '0' },
      { amount: '1.5' },
      { amount: '999999999' },
      { currency: 'euro' },
      { capture_method: 'automatic' },
      { confirm: 'false' },
      { extra: '1' },
    ]) {
      const reply = await post('/v1/payment_intents', { ...intentFields('tok_ok', newOrder()), ...change });
      assert.equal(reply.status, 400, JSON.stringify(change));
    }
    assert.equal((await post('/v1/payment_intents', { padding: 'x'.repeat(20_000) })).status, 413);
    assert.equal((await get('/v1/payment_intents/pi_none')).status, 404);
    assert.equal((await get('/v1/nothing')).status, 404);
    assert.equal((await get('/v1/ledger?after=-1')).status, 400);
  });

  it('refuses anything that looks like a card number and records nothing', async () => {
    const before = (await readLedger(simulator.url)).length;
    const fields = intentFields('tok_ok', '4242 4242 4242 4242');
    assert.equal(
      (await post('/v1/payment_intents', fields, 'k')).body.error?.['code'],
      'card_number_refused',
    );
    assert.equal((await post('/v1/payment_intents', intentFields('4242424242424242', 'o'), 'k')).status, 400);
    assert.equal(
      (await post('/v1/payment_intents', intentFields('tok_ok', 'o'), '378282246310005')).status,
      400,
    );
    assert.equal((await readLedger(simulator.url)).length, before);
  });

  it('switches modes live', async () => {
    const order = newOrder();
    const intent = (): Promise<Reply> => post('/v1/payment_intents', intentFields('tok_ok', order), order);
    await post('/v1/test/mode', { mode: 'errors' });
    assert.equal((await intent()).status, 500);
    await post('/v1/test/mode', { mode: 'down' });
    await assert.rejects(intent());
    assert.equal((await get('/healthz')).status, 200);
    await post('/v1/test/mode', { mode: 'slow', slow_ms: '1' });
    assert.equal((await intent()).status, 200);
    assert.deepEqual((await post('/v1/test/mode', { mode: 'ok' })).body, {
      mode: 'ok',
      slow_ms: 1,
      hang_ms: 0,
      webhook_url: null,
    });
    assert.equal((await post('/v1/test/mode', { mode: 'odd' })).status, 400);
    assert.deepEqual(await entriesOf(order), ['authorised']);
  });

  it('pages the ledger', async () => {
    await authorise('tok_ok');
    await authorise('tok_ok');
    const all = await readLedger(simulator.url);
    const page = await get(`/v1/ledger?after=${all.length - 2}&limit=1`);
    assert.deepEqual(page.body['data'], [all.at(-2)]);
    assert.equal(page.body['has_more'], true);
  });
});
