/** The processes of the shop come and go under load: what dies comes back, and the resource says how many there are. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from '../src/client.ts';
import { eventually } from '../src/eventually.ts';
import { assertInvariants } from '../src/invariants.ts';
import { endsOf, startLoad, type Load } from '../src/load.ts';
import { Platform, testStack, type ProcessEntry } from '../src/platform.ts';

const SKU = 'FLEET';

describe('the fleet', () => {
  let platform: Platform;
  let tokens: readonly string[];

  before(async () => {
    platform = await Platform.start({ runtime: 'dapr' });
    const names = Array.from({ length: 8 }, (_, index) => `shopper-${index}`);
    tokens = [...(await platform.tokens(names)).values()];
    const admin = new Client(platform.access.url, platform.access.adminToken);
    const price = { amount: 700, currency: 'EUR' };
    const product = { sku: SKU, name: 'Fleet test', category: 'test', brand: 'Acme', price };
    assert.equal((await admin.post('/api/products', product)).status, 201);
    assert.equal((await admin.post(`/api/inventory/${SKU}/restock`, { quantity: 1_000_000 })).status, 200);
  });

  after(() => platform.stop());

  async function named(name: string): Promise<ProcessEntry | undefined> {
    return (await platform.processes()).find((process) => process.name === name);
  }

  async function isReady(): Promise<boolean> {
    return (await fetch(`${platform.access.adminUrl}/readyz`)).status === 200;
  }

  /** Every order that was accepted is confirmed, once. */
  async function judge(load: Load): Promise<void> {
    await load.stop();
    const orders = await endsOf(platform, load.orderIds);
    assert.equal(new Set(load.orderIds).size, load.orderIds.length, 'one order per key');
    const unconfirmed = [...orders.values()].filter(({ status }) => status !== 'CONFIRMED');
    assert.deepEqual(unconfirmed, []);
    await assertInvariants(platform, load.orderIds);
  }

  test('replicas are added and removed under load, and no request notices', async () => {
    const load = startLoad(platform, { sku: SKU, tokens });
    const appsOf = async (service: string) =>
      (await platform.processes()).filter(({ appId, kind }) => appId === service && kind === 'service');
    await platform.editStack(
      testStack(
        '{ name: order, replicas: 2 }, { name: inventory, replicas: 3 }, { name: catalog, replicas: 2 }',
      ),
    );
    await eventually('three processes keep stock', async () => (await appsOf('inventory')).length === 3);
    await sleep(3_000);
    await platform.editStack();
    await eventually('one process keeps stock', async () => (await appsOf('inventory')).length === 1);
    await sleep(1_000);
    await judge(load);
    assert.deepEqual(load.failures, []);
  });

  test('whatever is killed is started again, and every accepted order ends once', async () => {
    const load = startLoad(platform, { sku: SKU, tokens });
    for (const { name } of await platform.processes()) {
      const victim = await named(name);
      assert.ok(victim?.pid, `${name} is down`);
      process.kill(victim.pid, 'SIGKILL');
      await eventually(`${name} is back`, async () => {
        const again = await named(name);
        return again?.pid !== undefined && again.pid !== victim.pid && (await isReady());
      });
    }
    await judge(load);
  });

  test('a kill of the whole platform leaves nothing behind, and the next start goes on', async () => {
    const load = startLoad(platform, { sku: SKU, tokens, patienceMs: 5_000 });
    await sleep(1_000);
    const before = await platform.processes();
    await platform.kill9();
    // The database server is stopped by the next start, in order.
    for (const { name, pid } of before.filter((process) => process.name !== 'postgres')) {
      await eventually(`${name} is gone`, async () => !isAlive(pid), { deadlineMs: 5_000 });
    }
    // The shop has another port now: these shoppers never come back.
    await assert.rejects(async () => await load.stop());
    await platform.start();
    const orders = await endsOf(platform, load.orderIds);
    assert.ok([...orders.values()].every(({ status }) => status === 'CONFIRMED'));
    await assertInvariants(platform, load.orderIds);
  });
});

function isAlive(pid: number | undefined): boolean {
  if (pid === undefined) return false;
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
