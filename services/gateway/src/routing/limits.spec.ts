import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { OWNER } from '../testing/fake-services.ts';
import { startTestGateway, type TestGateway } from '../testing/gateway.ts';
import { codeOf, createClient, sendRaw } from '../testing/http.ts';
import { orderRequest } from '../testing/requests.ts';

describe('limits of a request', () => {
  let gateway: TestGateway;
  let ask: Awaited<ReturnType<typeof createClient>>;
  let bearer: Readonly<Record<string, string>>;
  const json = { 'content-type': 'application/json' };

  before(async () => {
    gateway = await startTestGateway();
    ask = await createClient(gateway.url);
    bearer = await gateway.bearer(OWNER, 'customer');
  });
  after(() => gateway[Symbol.asyncDispose]());

  const post = (body: string | Buffer, headers: Readonly<Record<string, string>> = json) =>
    sendRaw(gateway.url, { method: 'POST', path: '/api/orders', headers: { ...bearer, ...headers }, body });

  it('names every problem of a request at once', async () => {
    const body = { items: [{ sku: 'TEA 1', quantity: 0, price: 1 }], payment: { token: 'visa' }, gift: true };
    const answer = await ask({ method: 'POST', path: '/api/orders', body, headers: bearer });
    assert.equal(answer.status, 400);
    const { errors } = answer.body as { errors: { path: string; message: string }[] };
    const paths = errors.map(({ path }) => path);
    for (const path of ['items.0.sku', 'items.0.quantity', 'payment.token', 'shippingAddress']) {
      assert.ok(paths.includes(path), `${path} in ${paths.join(', ')}`);
    }
    assert.match(JSON.stringify(errors), /gift/);
  });

  it('refuses a body that is not JSON in UTF-8', async () => {
    for (const body of ['{"items": [', 'items=1', '{"a": "\u0000"', Buffer.from([0x22, 0xff, 0x22])]) {
      const answer = await post(body);
      assert.equal(answer.status, 400);
      assert.equal(codeOf(answer), 'invalid-request');
    }
  });

  it('refuses another media type or encoding', async () => {
    const body = JSON.stringify(orderRequest);
    const others = ['text/plain', 'application/x-www-form-urlencoded', 'application/json; charset=latin1'];
    for (const type of others) assert.equal((await post(body, { 'content-type': type })).status, 415, type);
    assert.equal((await post(body, {})).status, 415);
    assert.equal((await post(body, { ...json, 'content-encoding': 'gzip' })).status, 415);
    assert.equal((await post(body, { 'content-type': 'application/json; charset=UTF-8' })).status, 202);
  });

  it('refuses a body above 64 KiB, announced or not', async () => {
    const huge = JSON.stringify({ ...orderRequest, note: 'x'.repeat(64 * 1_024) });
    assert.equal(
      (await post(huge, { ...json, 'content-length': String(Buffer.byteLength(huge)) })).status,
      413,
    );
    assert.equal(codeOf(await post(huge, { ...json, 'transfer-encoding': 'chunked' })), 'payload-too-large');
  });

  it('refuses deep nesting and keys that change prototypes', async () => {
    const deep = '['.repeat(30_000) + ']'.repeat(30_000);
    for (const body of [deep, '{"__proto__": {"admin": true}}']) {
      const answer = await post(body);
      assert.equal(answer.status, 400);
      assert.equal(codeOf(answer), 'invalid-request');
    }
  });

  it('counts 20 levels from the body itself', async () => {
    const nested = (depth: number) => post('['.repeat(depth) + ']'.repeat(depth));
    const detail = async (depth: number) => JSON.stringify((await nested(depth)).body);
    assert.doesNotMatch(await detail(20), /nested too deeply/);
    assert.match(await detail(21), /nested too deeply/);
  });

  it('refuses a URL above 4 KiB', async () => {
    const answer = await ask({ path: `/api/products?q=${'x'.repeat(4_096)}` });
    assert.equal(answer.status, 414);
  });

  it('refuses headers above 16 KiB', async () => {
    const headers = { 'x-long': 'x'.repeat(17_000) };
    assert.equal((await sendRaw(gateway.url, { path: '/api/products', headers })).status, 431);
  });

  it('refuses a path that cannot be decoded', async () => {
    const answer = await sendRaw(gateway.url, { path: '/api/products/%E0%A4%A' });
    assert.equal(answer.status, 400);
    assert.equal(codeOf(answer), 'invalid-request');
  });

  it('refuses a query parameter that is given twice', async () => {
    assert.equal((await ask({ path: '/api/products?limit=1&limit=2' })).status, 400);
  });

  it('knows no other path and no other method', async () => {
    const unknown = await sendRaw(gateway.url, { path: '/api/nothing' });
    assert.deepEqual([unknown.status, codeOf(unknown)], [404, 'not-found']);
    const method = await sendRaw(gateway.url, { method: 'PUT', path: '/api/orders' });
    assert.deepEqual([method.status, codeOf(method)], [405, 'method-not-allowed']);
    assert.equal(method.headers.get('allow'), 'GET, HEAD, POST');
    assert.equal((await sendRaw(gateway.url, { method: 'TRACE', path: '/api/orders' })).status, 405);
  });

  it('accepts no card number anywhere, and keeps none', async () => {
    const number = '4242 4242 4242 4242';
    const address = { ...orderRequest.shippingAddress, line2: `card ${number}` };
    const placed = { method: 'POST', path: '/api/orders', headers: bearer };
    const answers = [
      await ask({ ...placed, body: { ...orderRequest, shippingAddress: address } }),
      await ask({ ...placed, body: { ...orderRequest, payment: { token: 'tok_4242424242424242' } } }),
      await ask({ ...placed, body: { ...orderRequest, card: { number: 4_242_424_242_424_242 } } }),
      await ask({
        ...placed,
        body: orderRequest,
        headers: { ...bearer, 'idempotency-key': '4242-4242-4242-4242' },
      }),
      await ask({ path: '/api/products?q=4242+4242+4242+4242' }),
      await ask({ path: '/api/products/4242424242424242' }),
    ];
    for (const answer of answers) {
      assert.equal(answer.status, 422);
      assert.equal(codeOf(answer), 'card-number-refused');
      assert.doesNotMatch(JSON.stringify(answer.body), /4242/);
    }
    assert.doesNotMatch(gateway.logger.lines.join(''), /4242.?4242/);
  });

  it('passes a signed webhook on as it arrived', async () => {
    const body = '{ "id":"evt_1",\n"amount": 4242424242424242 }';
    const headers = { ...json, 'stripe-signature': 't=1,v1=00' };
    const answer = await sendRaw(gateway.url, {
      method: 'POST',
      path: '/api/payments/webhook',
      headers,
      body,
    });
    assert.deepEqual([answer.status, answer.body], [200, { received: true }]);
  });
});
