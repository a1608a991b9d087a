import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, afterEach, before, describe, it } from 'node:test';
import { createDevelopmentIssuer } from '@ecommercestack/gateway/development-issuer';
import type { SeedProduct } from '../seed.ts';
import { serveKeys } from './server.ts';
import { stockShelves } from './stock-shelves.ts';

void describe('the companion of a shop in a cluster', () => {
  let folder: string;
  let gateway: Server | undefined;
  before(async () => void (folder = await mkdtemp(join(tmpdir(), 'companion-spec-'))));
  after(() => rm(folder, { recursive: true, force: true }));
  afterEach(() => gateway?.close().closeAllConnections());

  interface Call {
    readonly path: string;
    readonly key: string | undefined;
    readonly body: unknown;
  }

  /** Answers each request with the next of these, and the last one for ever. */
  async function shop(...answers: readonly number[]) {
    const calls: Call[] = [];
    const answer = async (request: IncomingMessage) => {
      const key = request.headers['idempotency-key'] as string | undefined;
      calls.push({ path: request.url ?? '', key, body: JSON.parse(await text(request)) });
      return answers[Math.min(calls.length, answers.length) - 1] ?? 200;
    };
    gateway = createServer((request, response) => {
      void answer(request).then((status) => response.writeHead(status).end());
    });
    await new Promise<void>((resolve) => void gateway?.listen(0, '127.0.0.1', resolve));
    return { calls, url: `http://127.0.0.1:${(gateway.address() as AddressInfo).port}` };
  }

  const tea = { product: { sku: 'TEA-1', name: 'Tea' }, stock: 5 } as unknown as SeedProduct;
  const empty = { ...tea, stock: 0 };
  const shelves = (url: string) => ({
    gateway: url,
    token: 't',
    signal: AbortSignal.timeout(30_000),
    tryAgainMs: 1,
  });

  it('serves the public keys and no private ones', async () => {
    const issuer = await createDevelopmentIssuer(join(folder, 'keys'));
    const server = await serveKeys(issuer, { host: '127.0.0.1', port: 0 });
    const { keys } = (await (await fetch(server.url)).json()) as { keys: readonly object[] };
    const other = await fetch(server.url.replace('jwks.json', 'signing-key.json'));
    await server.close();
    assert.equal(keys.length, 1);
    assert.deepEqual(
      keys.filter((key) => 'd' in key),
      [],
    );
    assert.equal(other.status, 404);
  });

  it('makes each product and stocks it, with keys that make a repeat harmless', async () => {
    const { calls, url } = await shop(200);
    await stockShelves([tea, empty], shelves(url));
    assert.deepEqual(
      calls.map(({ path, key }) => [path, key]),
      [
        ['/api/products', 'seed-product:TEA-1'],
        ['/api/inventory/TEA-1/restock', 'seed:TEA-1'],
        ['/api/products', 'seed-product:TEA-1'],
      ],
    );
    assert.deepEqual(calls[1]?.body, { quantity: 5 });
  });

  it('waits for a shop that is not there yet, or does not know the keys yet', async () => {
    const { calls, url } = await shop(503, 401, 429, 201, 404, 200);
    await stockShelves([tea], shelves(url));
    assert.equal(calls.length, 6);
  });

  it('takes what exists as it is, and gives up where the shop refuses', async () => {
    const existing = await shop(409, 200);
    await stockShelves([tea], shelves(existing.url));
    gateway?.close().closeAllConnections();
    const refusing = await shop(400);
    await assert.rejects(stockShelves([tea], shelves(refusing.url)), { message: /\/api\/products .* 400/ });
  });

  it('stops waiting when it is told to', async () => {
    const { url } = await shop(503);
    const stopping = new AbortController();
    const filling = stockShelves([tea], { ...shelves(url), signal: stopping.signal });
    stopping.abort();
    await assert.rejects(filling, { name: 'AbortError' });
  });
});
