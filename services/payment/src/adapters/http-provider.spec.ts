import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { spawnSimulator } from '@ecommercestack/provider-simulator/testing';
import type { SpawnedSimulator } from '@ecommercestack/provider-simulator/testing';
import { providerContract } from '../spec/provider-contract.ts';
import { readEvent } from './stripe-shapes.ts';
import { createHttpProvider } from './http-provider.ts';
import type { HttpProvider } from './http-provider.ts';

const amount = { amount: 1999, currency: 'EUR' };
const request = { orderId: 'o', amount, token: 'tok_ok', key: 'k' };

describe('over HTTP', () => {
  let dataDir: string;
  let simulator: SpawnedSimulator;
  let provider: HttpProvider;

  before(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'provider-'));
    simulator = await spawnSimulator({ dataDir, hangMs: 50 });
    const onContradiction = (operation: string) => assert.fail(`contradiction in ${operation}`);
    provider = createHttpProvider({ url: simulator.url, timeoutMs: 3000, connections: 4, onContradiction });
  });
  after(async () => {
    await provider.close();
    await simulator.stop();
    await rm(dataDir, { recursive: true });
  });

  providerContract('the simulator', () => ({
    provider,
    charges: async (orderId) =>
      (await simulator.ledger()).filter((entry) => entry.order_id === orderId && entry.type === 'authorised')
        .length,
  }));

  it('takes a token that the provider does not know for a decline', async () => {
    const outcome = await provider.authorise({ ...request, token: 'tok_nobody', key: 'k-token' });
    assert.deepEqual(outcome, { kind: 'declined', reason: 'invalid_token' });
  });
});

describe('a provider that misbehaves', () => {
  async function answer(
    reply: { readonly status?: number; readonly body?: unknown; readonly raw?: string } | 'never',
    act: (provider: HttpProvider) => Promise<unknown>,
  ): Promise<{ readonly outcome: unknown; readonly contradictions: readonly string[] }> {
    const server = createServer((_request, response) => {
      if (reply === 'never') return;
      response.writeHead(reply.status ?? 200, { 'content-type': 'application/json' });
      response.end(reply.raw ?? JSON.stringify(reply.body));
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const contradictions: string[] = [];
    const provider = createHttpProvider({
      url: `http://127.0.0.1:${port}/base/`,
      timeoutMs: reply === 'never' ? 150 : 10_000,
      connections: 1,
      onContradiction: (operation) => contradictions.push(operation),
    });
    const outcome = await act(provider);
    await provider.close();
    server.closeAllConnections();
    server.close();
    return { outcome, contradictions };
  }
  const intent = {
    object: 'payment_intent',
    id: 'pi_1',
    amount: 1999,
    amount_received: 0,
    currency: 'eur',
    status: 'requires_capture',
    metadata: {},
    last_payment_error: null,
    latest_charge: { refunded: false },
  };
  const authorise = (provider: HttpProvider) => provider.authorise(request);

  for (const [what, body] of [
    ['another amount', { ...intent, amount: 1998 }],
    ['another currency', { ...intent, currency: 'usd' }],
    ['an unknown status', { ...intent, status: 'processing' }],
    ['a status that cannot be', { ...intent, status: 'succeeded' }],
    ['something else', { object: 'refund' }],
  ] as const) {
    it(`is unknown and alarming with ${what}`, async () => {
      const { outcome, contradictions } = await answer({ body }, authorise);
      assert.equal((outcome as { kind: string }).kind, 'unknown');
      assert.deepEqual(contradictions, ['authorise']);
    });
  }

  it('is unknown and alarming without JSON, and where two payments share a key', async () => {
    assert.deepEqual((await answer({ raw: '<html>' }, authorise)).contradictions, ['authorise']);
    const two = await answer({ body: { object: 'list', data: [intent, intent] } }, (provider) =>
      provider.find({ authorisationKey: 'k', amount }),
    );
    assert.deepEqual(two.contradictions, ['find']);
    assert.equal((two.outcome as { kind: string }).kind, 'unknown');
  });

  it('has not declined a payment that it has only begun', async () => {
    const begun = { ...intent, status: 'requires_payment_method', metadata: { order_id: request.orderId } };
    const find = (provider: HttpProvider) => provider.find({ authorisationKey: 'k', amount });
    const { outcome, contradictions } = await answer({ body: { object: 'list', data: [begun] } }, find);
    assert.deepEqual(outcome, { kind: 'unknown', cause: 'not-finished', answered: true });
    assert.deepEqual(contradictions, []);
    const event = { object: 'event', id: 'evt_1', type: 'payment_intent.created', data: { object: begun } };
    assert.deepEqual(readEvent(JSON.stringify(event)), { id: 'evt_1', seen: undefined });
  });

  it('is unknown when it never answers, answers too much, or fails', async () => {
    for (const reply of ['never', { raw: 'x'.repeat(100_000) }, { status: 503, body: {} }] as const) {
      const { outcome, contradictions } = await answer(reply, authorise);
      assert.equal((outcome as { kind: string }).kind, 'unknown');
      assert.deepEqual(contradictions, []);
    }
  });

  it('has certainly done nothing when it refuses the connection, the key of the account, or the rate', async () => {
    for (const status of [401, 403, 429]) {
      const { outcome } = await answer({ status, body: {} }, authorise);
      assert.deepEqual(outcome, { kind: 'failed', cause: `http-${status}` });
    }
    const nobody = createHttpProvider({
      url: 'http://127.0.0.1:9',
      timeoutMs: 500,
      connections: 1,
      onContradiction: () => assert.fail('no answer'),
    });
    assert.deepEqual(await nobody.authorise(request), { kind: 'failed', cause: 'ECONNREFUSED' });
    await nobody.close();
  });

  it('is not in trouble when it says that a request with the key is being processed', async () => {
    const body = { error: { type: 'idempotency_error', code: 'idempotency_key_in_use' } };
    const { outcome } = await answer({ status: 409, body }, authorise);
    assert.deepEqual(outcome, { kind: 'unknown', cause: 'idempotency_key_in_use', answered: true });
  });
});
