import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Cart } from '@ecommercestack/contracts';
import type { MethodTable, Outcome } from '@ecommercestack/kit';
import { startTestGateway, type TestGateway } from '../testing/gateway.ts';
import { codeOf, createClient } from '../testing/http.ts';

const cart: Cart = { version: 'abcdefghijklmnop', lines: [], orderable: false };
const body = { items: [{ sku: 'TEA-1', quantity: 2 }] };
const path = '/api/cart';

describe('the cart over HTTP', () => {
  let gateway: TestGateway;
  let ask: Awaited<ReturnType<typeof createClient>>;
  let ada: Readonly<Record<string, string>>;
  let outcome: Outcome<Cart> = { ok: true, value: cart };
  const calls: { method: string; input: unknown; owner: string }[] = [];

  before(async () => {
    const method = (name: string): MethodTable['unary'] =>
      new Map([
        [
          name,
          async (input, { actor }) => {
            calls.push({ method: name, input, owner: actor.id });
            return outcome;
          },
        ],
      ]);
    const unary = new Map(['get-cart', 'put-cart', 'delete-cart'].flatMap((name) => [...method(name)]));
    gateway = await startTestGateway({ services: { order: { unary, stream: new Map() } } });
    ask = await createClient(gateway.url);
    ada = await gateway.bearer('ada', 'customer');
  });
  after(() => gateway[Symbol.asyncDispose]());

  const put = (headers: Readonly<Record<string, string>>) => ask({ method: 'PUT', path, body, headers });
  const lastCall = () => calls.splice(0).at(-1);

  it('is read with a tag that a client may keep until it changes', async () => {
    const first = await ask({ path, headers: ada });
    const etag = first.headers.get('etag') ?? '';
    assert.match(etag, /^"abcdefghijklmnop-/);
    assert.deepEqual(lastCall(), { method: 'get-cart', input: {}, owner: 'ada' });
    assert.equal((await ask({ path, headers: { ...ada, 'if-none-match': etag } })).status, 304);
  });

  it('is changed by the version that the tag begins with', async () => {
    const { headers } = await ask({ path, headers: ada });
    const saved = await put({ ...ada, 'if-match': headers.get('etag') ?? '' });
    assert.equal(saved.headers.get('etag'), headers.get('etag'));
    const input = { ...body, ifVersion: cart.version };
    assert.deepEqual(lastCall(), { method: 'put-cart', input, owner: 'ada' });
    await ask({ method: 'DELETE', path, headers: { ...ada, 'if-match': `"${cart.version}"` } });
    const seen = { ifVersion: cart.version };
    assert.deepEqual(lastCall(), { method: 'delete-cart', input: seen, owner: 'ada' });
  });

  it('is made where none was seen, in either way of saying so', async () => {
    for (const headers of [{ 'if-none-match': '*' }, { 'if-match': '"none-4sT_-9"' }]) {
      await put({ ...ada, ...headers });
      assert.deepEqual(lastCall()?.input, { ...body, ifVersion: 'none' });
    }
  });

  it('is refused with what cannot be a tag of ours, or with two wishes', async () => {
    for (const headers of [
      { 'if-match': 'W/"none"' },
      { 'if-match': '*' },
      { 'if-match': '"1"' },
      { 'if-none-match': '"none"' },
      { 'if-match': '"none"', 'if-none-match': '*' },
    ]) {
      const answer = await put({ ...ada, ...headers });
      assert.deepEqual([answer.status, codeOf(answer)], [400, 'invalid-request'], JSON.stringify(headers));
    }
    assert.equal(lastCall(), undefined);
  });

  it('tells who comes too late what is there now', async () => {
    const extra = { currentVersion: cart.version };
    outcome = { ok: false, problem: { code: 'version-conflict', detail: 'Changed.', extra } };
    const late = await put({ ...ada, 'if-match': '"ponmlkjihgfedcba"' });
    assert.deepEqual([late.status, late.headers.get('etag')], [412, `"${cart.version}"`]);
    outcome = { ok: false, problem: { code: 'precondition-required', detail: 'Blind.' } };
    const blind = await put(ada);
    assert.deepEqual([blind.status, blind.headers.get('etag')], [428, null]);
    outcome = { ok: true, value: cart };
  });

  it('is kept for a guest by a cookie, from the first change on', async () => {
    assert.equal((await ask({ path })).headers.get('set-cookie'), null);
    const first = await put({ 'if-none-match': '*' });
    const cookie = first.headers.get('set-cookie') ?? '';
    assert.match(cookie, /^guest=[0-9a-f-]{36}; Path=\/; Max-Age=2592000; HttpOnly; SameSite=Lax$/);
    const owner = lastCall()?.owner;
    const sent = { cookie: cookie.split(';')[0] ?? '' };
    await ask({ path, headers: sent });
    assert.equal(lastCall()?.owner, owner);
    const again = await put({ ...sent, 'if-match': `"${cart.version}"` });
    assert.equal(again.headers.get('set-cookie'), cookie);
    const asCustomer = await put({ ...sent, ...ada, 'if-match': `"${cart.version}"` });
    assert.equal(asCustomer.headers.get('set-cookie'), null);
    assert.equal(lastCall()?.owner, 'ada');
  });
});
