/** What the operator makes for Dapr, in force: messages and calls between real sidecars that take all of it from the cluster. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { nameResolution, startRedis, type Redis } from '@ecommercestack/local/parts';
import type { ClusterObject } from '../src/cluster.ts';
import {
  startDaprControlPlane,
  startPodSidecar,
  type DaprControlPlane,
  type PodSidecar,
} from '../src/cluster-dapr.ts';
import { pubsub, startShops, type Shops, type TestStack } from '../src/cluster-operator.ts';
import { eventually } from '../src/eventually.ts';
import { startStandIn, type StandIn } from '../src/sidecars/stand-in.ts';

const CANARY = { version: '2', weight: 10 };

describe('Between sidecars that take everything from the cluster', () => {
  let dir: string;
  let redis: Redis;
  let made: Shops;
  let stack: TestStack;
  let dapr: DaprControlPlane;
  let inventory: StandIn;
  let canary: StandIn;
  const sidecars = new Map<string, PodSidecar>();

  const start = async (workload: string, app?: StandIn): Promise<PodSidecar> => {
    const deployment = (await stack.child('Deployment', `shop-${workload}`)) as ClusterObject;
    const sidecar = await startPodSidecar(deployment, { dapr, dir, ...(app && { appPort: app.port }) });
    sidecars.set(workload, sidecar);
    return sidecar;
  };
  const sidecar = (workload: string) => sidecars.get(workload) as PodSidecar;

  const shop = async (consumers: 'Excluded' | 'Shared') => {
    const services = [
      { name: 'inventory', canary: { ...CANARY, consumers }, circuitBreaker: { failureThreshold: 2 } },
      { name: 'gateway', canary: CANARY },
    ];
    await stack.spec({ version: '1', services });
    await stack.until('Ready', 'True');
  };

  before(async () => {
    dir = await mkdtemp(path.join(tmpdir(), 'cluster-sidecars-spec-'));
    redis = await startRedis({ dir: path.join(dir, 'redis') });
    made = await startShops(1);
    [stack] = made.shops as [TestStack];
    await made.cluster.apply(pubsub(stack.namespace, 'pubsub', redis.address));
    dapr = await startDaprControlPlane(made.cluster, path.join(dir, 'dapr'), stack.namespace);
    await shop('Excluded');
    for (const service of ['gateway', 'catalog', 'inventory']) await resolveNames(service);
    [inventory, canary] = [await startStandIn(), await startStandIn()];
    await start('inventory', inventory);
    await start('inventory-canary', canary);
    for (const workload of ['catalog', 'gateway', 'gateway-canary']) await start(workload);
  });
  after(async () => {
    await Promise.all([...sidecars.values()].map((one) => one.stop()));
    await Promise.all([inventory.close(), canary.close()]);
    await dapr.stop();
    await made.stop();
    await redis.stop();
    await rm(dir, { recursive: true, force: true });
  });

  /** The one thing that there is not on this machine is the cluster's DNS. What others add to an object stays in it. */
  async function resolveNames(service: string): Promise<void> {
    await made.cluster.apply({
      apiVersion: 'dapr.io/v1alpha1',
      kind: 'Configuration',
      metadata: { name: `shop-${service}`, namespace: stack.namespace },
      spec: { nameResolution: nameResolution(path.join(dir, 'names.sqlite')) },
    });
  }

  const publish = async (topic: string, count: number): Promise<void> => {
    for (let sent = 0; sent < count; sent += 1) {
      const url = `${sidecar('catalog').url}/v1.0/publish/pubsub/${topic}`;
      const headers = { 'content-type': 'application/json' };
      const { status } = await fetch(url, { method: 'POST', headers, body: '{}' });
      assert.equal(status, 204);
    }
  };
  const call = async (caller: string, method: string) => {
    const url = `${sidecar(caller).url}/v1.0/invoke/inventory/method/methods/${method}`;
    const response = await fetch(url, { method: 'POST', body: '{}' });
    return { status: response.status, body: await response.text() };
  };

  test('messages arrive at the routes of their reader, and none at a canary that is excluded', async () => {
    for (const topic of ['catalog.events', 'inventory.commands', 'order.events']) await publish(topic, 5);
    await eventually('ten messages', async () => inventory.handled.length >= 10);
    // Had the canary a subscription of its own, it would have had the first ones by the time these are here.
    await publish('catalog.events', 5);
    await eventually('five more', async () => inventory.handled.length >= 15);
    const routes = Map.groupBy(inventory.routes, (route) => route);
    assert.deepEqual(
      new Map([...routes].map(([route, { length }]) => [route, length])),
      new Map([
        ['/messages/catalog.events', 10],
        ['/messages/inventory.commands', 5],
      ]),
    );
    assert.deepEqual(canary.handled, []);
  });

  test('calls are answered that access control names, of both versions of the gateway, and no others', async () => {
    for (const caller of ['gateway', 'gateway-canary'])
      assert.deepEqual([caller, (await call(caller, 'get-stock')).status], [caller, 200]);
    const answered = inventory.calls.length;
    for (const [caller, method] of [
      ['gateway', 'drop-everything'],
      ['catalog', 'get-stock'],
    ] as const) {
      const { status, body } = await call(caller, method);
      assert.equal(status, 403, `${caller} ${method}: ${body}`);
      assert.match(body, /denied/i);
    }
    assert.equal(inventory.calls.length, answered, 'a call that was refused reached the app');
  });

  test('a breaker opens at the failures that the resource says', async () => {
    inventory.failing = true;
    for (const _ of [1, 2]) assert.equal((await call('gateway', 'restock')).status, 503);
    const arrived = inventory.calls.length;
    assert.match((await call('gateway', 'restock')).body, /circuit breaker is open/);
    assert.equal(inventory.calls.length, arrived);
    inventory.failing = false;
  });

  test('a canary that shares the work gets messages of its own, and each message goes to one of both', async () => {
    await sidecar('inventory-canary').stop();
    await shop('Shared');
    await eventually('its subscription is there', () =>
      stack.child('Subscription', 'shop-canary-inventory-catalog-events'),
    );
    await start('inventory-canary', canary);
    const before = inventory.handled.length;
    let sent = 0;
    await eventually('the canary has some', async () => {
      await publish('catalog.events', 10);
      sent += 10;
      return canary.handled.length > 0;
    });
    const handled = () => [...inventory.handled.slice(before), ...canary.handled];
    await eventually('all are handled', async () => handled().length >= sent);
    assert.equal(new Set(handled()).size, sent);
    assert.equal(handled().length, sent);
  });
});
