import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { startSimulator } from './server.ts';
import { signWebhook } from './webhooks.ts';

interface Received {
  readonly id: string;
  readonly type: string;
}

describe('webhooks', () => {
  const secret = 'whsec_test';
  let dataDir: string;
  let endpoint: Server;
  let url: string;
  let received: Received[];
  let signatures: boolean[];
  let failures: number;
  let arrived: () => void;

  beforeEach(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'simulator-'));
    received = [];
    signatures = [];
    failures = 0;
    arrived = () => undefined;
    endpoint = createServer((request, response) => {
      void take(request, response);
    }).listen(0, '127.0.0.1');
    await once(endpoint, 'listening');
    url = `http://127.0.0.1:${(endpoint.address() as AddressInfo).port}/`;
  });
  afterEach(async () => {
    endpoint.closeAllConnections();
    endpoint.close();
    await rm(dataDir, { recursive: true });
  });

  async function take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await text(request);
    const header = request.headers['stripe-signature']?.toString() ?? '';
    const t = Number(/^t=(\d+),/.exec(header)?.[1]);
    signatures.push(header === signWebhook(secret, body, t));
    received.push(JSON.parse(body) as Received);
    failures -= 1;
    response.writeHead(failures >= 0 ? 500 : 200).end();
    arrived();
  }
  const arrivals = (count: number): Promise<void> =>
    new Promise((resolve) => {
      arrived = () => {
        if (received.length >= count) resolve();
      };
      arrived();
    });
  const authorise = (base: string, token: string): Promise<Response> =>
    fetch(`${base}/v1/payment_intents`, {
      method: 'POST',
      body: new URLSearchParams({
        amount: '100',
        currency: 'eur',
        payment_method: token,
        capture_method: 'manual',
        confirm: 'true',
      }),
    });

  it('are signed and repeated until they are accepted', async () => {
    failures = 2;
    const simulator = await startSimulator({ dataDir, webhook: { url, secret } });
    await authorise(simulator.url, 'tok_webhook');
    await arrivals(3);
    await simulator.close();
    assert.equal(new Set(received.map((event) => event.id)).size, 1);
    assert.equal(received[0]?.type, 'payment_intent.amount_capturable_updated');
    assert.deepEqual(signatures, [true, true, true]);
  });

  it('arrive twice, with one id, on request', async () => {
    const simulator = await startSimulator({ dataDir, webhook: { url, secret } });
    await authorise(simulator.url, 'tok_webhook_duplicate');
    await arrivals(2);
    await simulator.close();
    assert.equal(new Set(received.map((event) => event.id)).size, 1);
  });

  it('arrive before the answer on request', async () => {
    const simulator = await startSimulator({ dataDir, webhook: { url, secret } });
    await authorise(simulator.url, 'tok_webhook_early');
    assert.equal(received.length, 1);
    await simulator.close();
  });

  it('are sent after a restart if they were not accepted before', async () => {
    const before = await startSimulator({ dataDir });
    await authorise(before.url, 'tok_webhook');
    await before.close();
    const later = await startSimulator({ dataDir, webhook: { url, secret } });
    await arrivals(1);
    await later.close();
    const last = await startSimulator({ dataDir, webhook: { url, secret } });
    await last.close();
    assert.equal(received.length, 1);
  });
});
