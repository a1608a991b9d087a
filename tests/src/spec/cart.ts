/** A cart, from a guest's first click to the order, over HTTP, against the whole platform. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Cart, Order, Product } from '@ecommercestack/contracts';
import { orderOf, type Answer, type Client } from '../client.ts';
import { eventually } from '../eventually.ts';
import type { StartPlatform } from '../platform.ts';
import { openShop, type Shop } from '../shop.ts';

const PATH = '/api/cart';
type Headers = Record<string, string>;

/** `start` decides on the runtime. */
export function describeCart(start: StartPlatform): void {
  describe('the cart, end to end', () => {
    let shop: Shop;
    let guest: Client;
    let admin: Client;
    let ada: Client;
    let bob: Client;

    before(async () => {
      shop = await openShop(await start());
      ({ guest, admin, ada, bob } = shop);
    });

    after(() => shop.platform.stop());

    const etagOf = ({ headers }: Answer) => headers.get('etag') ?? '';
    const put = (client: Client, skus: readonly string[], headers: Headers) =>
      client.request<Cart>('PUT', PATH, {
        body: { items: skus.map((sku) => ({ sku, quantity: 1 })) },
        headers,
      });
    const remove = (client: Client, headers: Headers) => client.request<Cart>('DELETE', PATH, { headers });
    const skusOf = ({ body }: Answer<Cart>) => body.lines.map(({ sku }) => sku);
    const codeOf = ({ body }: Answer) => (body as { readonly code?: string }).code;

    async function newProduct(sku: string, stock: number, price = 1_250): Promise<void> {
      await shop.addProduct(sku, stock, price);
      await eventually('the catalog shows the stock', async () => {
        const { body } = await guest.get<Product>(`/api/products/${sku}`);
        return body.available === stock;
      });
    }

    test('a guest fills a cart, logs in, takes it along, and orders it', async () => {
      await newProduct('CART-1', 10, 500);
      await newProduct('CART-2', 10, 700);
      const empty = await guest.get<Cart>(PATH);
      assert.deepEqual(empty.body, { version: 'none', lines: [], orderable: false });
      assert.equal(empty.headers.get('set-cookie'), null);
      const first = await put(guest, ['CART-1'], { 'if-match': etagOf(empty) });
      assert.equal(first.status, 200, JSON.stringify(first.body));
      const cookie = first.headers.get('set-cookie')?.split(';')[0] ?? '';
      const known = await guest.get<Cart>(PATH, { cookie });
      assert.deepEqual([known.body, etagOf(known)], [first.body, etagOf(first)]);
      assert.equal((await guest.get(PATH, { cookie, 'if-none-match': etagOf(first) })).status, 304);
      assert.equal(
        (await guest.get<Cart>(PATH)).body.version,
        'none',
        'another guest has a cart of their own',
      );

      const taken = await put(ada, ['CART-1', 'CART-2'], { 'if-none-match': '*' });
      assert.deepEqual(taken.body.total, { amount: 1_200, currency: 'EUR' });
      assert.equal(taken.body.orderable, true);
      assert.equal((await remove(guest, { cookie, 'if-match': etagOf(known) })).body.version, 'none');

      const { body: cart } = await ada.get<Cart>(PATH);
      const items = cart.lines.map(({ sku, quantity }) => ({ sku, quantity }));
      const { body: order } = await ada.order({ ...orderOf('CART-1'), items });
      assert.deepEqual([order.status, order.total], ['CONFIRMED', cart.total]);
      assert.equal((await remove(ada, { 'if-match': etagOf(taken) })).status, 200);
      assert.equal((await ada.get<Cart>(PATH)).body.version, 'none');
    });

    test('of two tabs that change the same cart, one is told, and undoes nothing', async () => {
      const seen = etagOf(await put(bob, ['CART-1'], { 'if-none-match': '*' }));
      const answers = await Promise.all(
        [['CART-1', 'CART-2'], ['CART-2']].map((skus) => put(bob, skus, { 'if-match': seen })),
      );
      const won = answers.find(({ status }) => status === 200);
      const lost = answers.find(({ status }) => status === 412);
      assert.ok(won && lost, JSON.stringify(answers.map(({ status }) => status)));
      assert.equal(codeOf(lost), 'version-conflict');
      assert.equal(etagOf(lost), `"${won.body.version}"`);
      const now = await bob.get<Cart>(PATH);
      assert.deepEqual(skusOf(now), skusOf(won));
      assert.equal((await put(bob, ['CART-1'], { 'if-match': etagOf(lost) })).status, 200);
      assert.equal((await remove(bob, { 'if-match': seen })).status, 412);
      assert.deepEqual(skusOf(await bob.get<Cart>(PATH)), ['CART-1']);
    });

    test('of two tabs that create a cart, one does', async () => {
      const tokens = await shop.platform.tokens(['newcomer']);
      const newcomer = guest.as(tokens.get('newcomer'));
      const answers = await Promise.all(
        [1, 2, 3].map(() => put(newcomer, ['CART-1'], { 'if-none-match': '*' })),
      );
      assert.deepEqual(answers.map(({ status }) => String(status)).toSorted(), ['200', '412', '412']);
    });

    test('prices, stock and withdrawals are those of the moment', async () => {
      await newProduct('CART-3', 2, 900);
      const saved = await put(ada, ['CART-3', 'CART-1'], { 'if-none-match': '*' });
      await admin.request('PATCH', '/api/products/CART-3', {
        body: { price: { amount: 800, currency: 'EUR' } },
      });
      const cheaper = await eventually('the cart shows the new price', async () => {
        const answer = await ada.get<Cart>(PATH);
        return answer.body.total?.amount === 1_300 && answer;
      });
      assert.notEqual(etagOf(cheaper), etagOf(saved));
      assert.equal(cheaper.body.version, saved.body.version);
      const more = await ada.request<Cart>('PUT', PATH, {
        body: { items: [{ sku: 'CART-3', quantity: 3 }] },
        headers: { 'if-match': etagOf(saved) },
      });
      assert.deepEqual([more.body.lines[0]?.availability, more.body.orderable], ['too-few', false]);
      await admin.request('DELETE', '/api/products/CART-3');
      const withdrawn = await eventually('the cart shows the withdrawal', async () => {
        const answer = await ada.get<Cart>(PATH);
        return answer.body.lines[0]?.availability === 'withdrawn' && answer;
      });
      assert.deepEqual(withdrawn.body.lines, [{ sku: 'CART-3', quantity: 3, availability: 'withdrawn' }]);
      const kept = await put(ada, ['CART-3', 'CART-2'], { 'if-match': etagOf(withdrawn) });
      assert.deepEqual([kept.status, kept.body.total?.amount], [200, 700]);
      const refused = await ada.order(orderOf('CART-3'));
      assert.equal((refused.body as unknown as { code: string }).code, 'unknown-product');
      assert.equal((await remove(ada, { 'if-match': etagOf(kept) })).status, 200);
    });

    test('what is no cart is refused, and changes nothing', async () => {
      const before = (await ada.get<Cart>(PATH)).body;
      const line = { sku: 'CART-1', quantity: 1 };
      const many = Array.from({ length: 51 }, (_, index) => ({ sku: `X${index}`, quantity: 1 }));
      const create = { 'if-none-match': '*' };
      const bad: readonly [unknown, Headers, number, string][] = [
        [{ items: [line] }, {}, 428, 'precondition-required'],
        [{ items: [line] }, { 'if-match': '"abcdefghijklmnop"' }, 412, 'version-conflict'],
        [{ items: [line] }, { 'if-match': '"none"', ...create }, 400, 'invalid-request'],
        [{ items: [line, line] }, create, 400, 'invalid-request'],
        [{ items: [{ ...line, quantity: 0 }] }, create, 400, 'invalid-request'],
        [{ items: [{ ...line, quantity: 1_000 }] }, create, 400, 'invalid-request'],
        [{ items: [{ ...line, unitPrice: 1 }] }, create, 400, 'invalid-request'],
        [{ items: many }, create, 400, 'invalid-request'],
        [{ items: [line, { sku: 'NO-SUCH', quantity: 1 }] }, create, 422, 'unknown-product'],
      ];
      for (const [body, headers, status, code] of bad) {
        const answer = await ada.request('PUT', PATH, { body, headers });
        assert.deepEqual([answer.status, codeOf(answer)], [status, code], JSON.stringify(body));
      }
      assert.equal((await remove(ada, {})).status, 428);
      assert.deepEqual((await ada.get<Cart>(PATH)).body, before);
    });

    test('a cart survives the end of the process', async () => {
      const saved = await put(ada, ['CART-1'], { 'if-none-match': '*' });
      assert.equal(saved.status, 200);
      await shop.platform.kill9();
      await shop.platform.start();
      const again = ada.at(shop.platform.access.url);
      assert.deepEqual((await again.get<Cart>(PATH)).body, saved.body);
      const { body: order } = await again.order(orderOf('CART-1'));
      assert.equal((order satisfies Order).status, 'CONFIRMED');
    });
  });
}
