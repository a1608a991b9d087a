/** The circuit breaker between the gateway and a service of the running shop, as its customers meet it. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from '../src/client.ts';
import { eventually } from '../src/eventually.ts';
import { readSamples } from '../src/faults/metrics.ts';
import { entryOf } from '../src/faults/outage.ts';
import { editPolicies } from '../src/faults/resources.ts';
import { Platform, testStack } from '../src/platform.ts';

const STOCK = '/api/inventory/TEA-SENCHA-100';
const OTHER = '/api/inventory?skus=TEA-SENCHA-100';

/** Calls fail before the sidecar of a service that does not move finds it unwell. */
const IMPATIENT = '{ name: inventory, timeout: 700ms }';

describe('the circuit breaker between the gateway and the inventory', () => {
  let platform: Platform;
  let visitor: Client;

  before(async () => {
    platform = await Platform.start({ runtime: 'dapr', stack: testStack(IMPATIENT) });
    visitor = new Client(platform.access.url);
    assert.equal((await visitor.get(STOCK)).status, 200);
  });

  after(() => platform.stop());

  /** What the caller's sidecar says of it; as of the last call, and only until it reads its files anew. */
  async function state(): Promise<string | undefined> {
    const { ports } = await entryOf(platform, 'gateway-1.daprd');
    const samples = await readSamples(`http://127.0.0.1:${ports['metrics']}/metrics`);
    return samples.find(
      ({ name, labels, value }) =>
        name === 'dapr_resiliency_cb_state' && labels['target'] === 'app_inventory' && value === 1,
    )?.labels['status'];
  }

  /** While it does not move, the inventory takes calls and answers none. */
  async function whileStill<T>(run: () => Promise<T>): Promise<T> {
    const { pid } = await entryOf(platform, 'inventory-1');
    assert.ok(pid);
    process.kill(pid, 'SIGSTOP');
    try {
      return await run();
    } finally {
      process.kill(pid, 'SIGCONT');
    }
  }

  async function fail(times: number): Promise<void> {
    const answers = await Promise.all(Array.from({ length: times }, () => visitor.get(STOCK)));
    assert.ok(answers.every(({ status }) => status >= 500));
  }

  async function back(): Promise<void> {
    await eventually('the inventory is back', async () => (await visitor.get(OTHER)).status === 200);
  }

  test('opens at the fifth failure, stays open when the service is back, and for that method alone', async () => {
    await whileStill(() => fail(4));
    await back();
    assert.equal((await visitor.get(STOCK)).status, 200);
    assert.equal(await state(), 'closed');
    await whileStill(() => fail(5));
    await back();
    const { status, headers, body } = await visitor.get<{ readonly code: string }>(STOCK);
    assert.deepEqual([status, body.code, headers.get('retry-after')], [503, 'upstream-unavailable', '1']);
    assert.equal(await state(), 'open');
  });

  test('follows an edit of its file while gateway and sidecar run on', async () => {
    const pids = () =>
      Promise.all(['gateway-1', 'gateway-1.daprd'].map(async (name) => (await entryOf(platform, name)).pid));
    const before = await pids();
    await editPolicies(platform, 'gateway', ['timeout: 60s', 'timeout: 2s']);
    await editPolicies(platform, 'gateway', ['consecutiveFailures >= 5', 'consecutiveFailures >= 2']);
    await eventually('a first answer', async () => (await visitor.get(STOCK)).status === 200);
    await whileStill(() => fail(2));
    await back();
    assert.equal((await visitor.get(STOCK)).status, 503);
    assert.deepEqual(await pids(), before);
  });

  test('admits three trials at a time, and closes when they have succeeded', async () => {
    await sleep(2_500);
    const refused: number[] = [];
    const answers = await whileStill(async () => {
      const requests = Array.from({ length: 6 }, async () => {
        const { status } = await visitor.get(STOCK);
        if (status !== 200) refused.push(status);
        return status;
      });
      await eventually('those beyond the trials are refused', async () => refused.length === 3);
      return requests;
    });
    assert.deepEqual(
      (await Promise.all(answers)).toSorted((a, b) => a - b),
      [200, 200, 200, 503, 503, 503],
    );
    await Promise.all(
      Array.from({ length: 6 }, async () => assert.equal((await visitor.get(STOCK)).status, 200)),
    );
  });
});
