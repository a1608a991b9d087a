/** The circuit breaker and the payments behind it, against the simulator in trouble. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { spawnSimulator } from '@ecommercestack/provider-simulator/testing';
import type { SpawnedSimulator } from '@ecommercestack/provider-simulator/testing';
import type { PaymentHealth } from '@ecommercestack/contracts';
import { startHarness, until } from './harness.ts';
import type { Harness } from './harness.ts';

describe('an open circuit breaker', () => {
  let dataDir: string;
  let simulator: SpawnedSimulator;
  let payment: Harness;

  beforeEach(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'payment-breaker-'));
    simulator = await spawnSimulator({ dataDir, hangMs: 1000 });
    payment = await startHarness({ providerUrl: simulator.url, breaker: { openSeconds: 3600 } });
  });
  afterEach(async () => {
    await payment.stop();
    await simulator.stop();
    await rm(dataDir, { recursive: true });
  });

  const health = async (): Promise<PaymentHealth> => {
    const outcome = await payment.call('get-payment-health', {});
    assert.ok(outcome.ok);
    return outcome.value as PaymentHealth;
  };
  const state = async () => (await health()).provider.state;
  const failFiveTimes = async () => {
    await simulator.mode({ mode: 'errors' });
    for (let i = 0; i < 5; i += 1) await payment.authorise('tok_ok');
    await until(state, 'OPEN');
  };

  it('defers payments, lets trials through when it may, and charges each order once in the end', async () => {
    await failFiveTimes();
    const orders = await Promise.all(Array.from({ length: 10 }, () => payment.authorise('tok_ok')));
    for (const order of orders) await payment.expectStatus(order, 'deferred');
    const { provider, deferred } = await health();
    assert.ok(deferred >= orders.length);
    assert.ok(provider.openedAt !== undefined && provider.retryAt !== undefined);
    assert.equal((await simulator.ledger()).length, 0);
    assert.match((await payment.metric('circuit_breaker_state'))[0] ?? '', / 1$/);

    await simulator.mode({ mode: 'ok' });
    payment.changeBreaker({ openSeconds: 0.1 });
    for (const order of orders) await payment.expectReplies(order, ['payment-authorised']);
    assert.equal(await state(), 'CLOSED');
    const charged = (await simulator.ledger()).map((entry) => entry.order_id);
    assert.equal(new Set(charged).size, charged.length);
    const transitions = await payment.metric('circuit_breaker_transitions_total');
    assert.ok(transitions.some((line) => line.includes('to="OPEN"') && line.endsWith(' 1')));
    assert.ok(transitions.some((line) => line.includes('to="CLOSED"') && line.endsWith(' 1')));
  });

  it('gives up a deferred payment at once, without a call', async () => {
    await failFiveTimes();
    const order = await payment.authorise('tok_ok');
    await payment.expectStatus(order, 'deferred');
    await payment.undo(order);
    await payment.expectReplies(order, ['payment-voided']);
    assert.equal((await simulator.ledger()).length, 0);
  });

  it('is not opened by declines', async () => {
    const orders = await Promise.all(Array.from({ length: 12 }, () => payment.authorise('tok_decline')));
    for (const order of orders) await payment.expectReplies(order, ['payment-declined']);
    assert.equal(await state(), 'CLOSED');
    assert.equal((await health()).provider.consecutiveFailures, 0);
  });

  it('follows a threshold that is changed while it runs', async () => {
    payment.changeBreaker({ failureThreshold: 1, openSeconds: 3600 });
    await simulator.mode({ mode: 'errors' });
    await payment.authorise('tok_ok');
    await until(state, 'OPEN');
    assert.equal((await health()).provider.settings.failureThreshold, 1);
  });

  it('opens when the provider cannot be reached at all', async () => {
    await simulator.stop('SIGKILL');
    const orders = await Promise.all(Array.from({ length: 8 }, () => payment.authorise('tok_ok')));
    await until(state, 'OPEN');
    for (const order of orders) await payment.expectStatus(order, 'deferred');
    simulator = await spawnSimulator({ dataDir, port: Number(new URL(simulator.url).port) });
    payment.changeBreaker({ openSeconds: 0.1 });
    for (const order of orders) await payment.expectReplies(order, ['payment-authorised']);
    assert.equal((await simulator.ledger()).length, 8);
  });

  it('shows its health to staff only', async () => {
    const outcome = await payment.call(
      'get-payment-health',
      {},
      { actor: { id: 'ada', roles: ['customer'] } },
    );
    assert.equal(outcome.ok, false);
    assert.equal(!outcome.ok && outcome.problem.code, 'forbidden');
  });
});
