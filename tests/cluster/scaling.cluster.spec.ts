import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { fieldOf, type ClusterObject } from '../src/cluster.ts';
import { startShops, type Shops, type TestStack } from '../src/cluster-operator.ts';
import { eventually } from '../src/eventually.ts';

const AUTOSCALE = { min: 2, max: 6, cpuPercent: 70 };

describe('the number of pods', () => {
  let made: Shops;
  before(async () => {
    made = await startShops(2);
  });
  after(() => made.stop());

  const ordersOf = async (shop: TestStack) => (await shop.child('Deployment', 'shop-order')) as ClusterObject;

  /** Who holds `spec.replicas`, by server-side apply or by an edit. */
  function holders({ metadata }: ClusterObject): string[] {
    return (metadata.managedFields ?? [])
      .filter(({ fieldsV1 }) => fieldOf(fieldsV1, 'f:spec.f:replicas') !== undefined)
      .map(({ manager }) => manager);
  }

  async function asked(before: ClusterObject): Promise<ReadonlySet<unknown>> {
    const versions = await made.cluster.since(before);
    return new Set([before, ...versions].map((version) => fieldOf(version, 'spec.replicas')));
  }

  test('goes to an autoscaler and comes back without a dip', async () => {
    const [shop] = made.shops as [TestStack];
    await shop.spec({ version: '1', services: [{ name: 'order', replicas: 4 }] });
    await shop.until('Ready', 'True');
    const fixed = await ordersOf(shop);
    assert.deepEqual(holders(fixed), ['ecommercestack']);

    await shop.spec({ version: '1', services: [{ name: 'order', autoscale: AUTOSCALE }] });
    await eventually(
      'it is not ours any more',
      async () => !holders(await ordersOf(shop)).includes('ecommercestack'),
    );
    await eventually('there is an autoscaler', () => shop.child('HorizontalPodAutoscaler', 'shop-order'));
    await shop.until('Ready', 'True');
    assert.deepEqual([...(await asked(fixed))], [4]);

    // What an autoscaler does, which has no measurements here.
    const scaled = await ordersOf(shop);
    await made.cluster.merge(scaled, { spec: { replicas: 5 } }, 'scale');
    await eventually(
      'five pods are ready',
      async () => fieldOf(await ordersOf(shop), 'status.readyReplicas') === 5,
    );
    assert.ok(!holders(await ordersOf(shop)).includes('ecommercestack'));

    const before = await ordersOf(shop);
    await shop.spec({ version: '1', services: [{ name: 'order', replicas: 3 }] });
    await eventually(
      'the autoscaler is gone',
      async () => (await shop.child('HorizontalPodAutoscaler', 'shop-order')) === undefined,
    );
    await eventually('it is ours again', async () => fieldOf(await ordersOf(shop), 'spec.replicas') === 3);
    assert.ok(holders(await ordersOf(shop)).includes('ecommercestack'));
    assert.deepEqual([...(await asked(before))], [5, 3]);
  });

  test('is left to KEDA where that is asked for', async () => {
    const shop = made.shops[1] as TestStack;
    const keda = { max: 6, triggers: [{ name: 'lag', type: 'kafka', metadata: { topic: 'order.events' } }] };
    await shop.spec({ version: '1', services: [{ name: 'order', keda }] });
    await shop.until('Ready', 'True');
    const target = fieldOf(await shop.child('ScaledObject', 'shop-order'), 'spec.scaleTargetRef.name');
    assert.equal(target, 'shop-order');
    assert.ok(!holders(await ordersOf(shop)).includes('ecommercestack'));
  });
});
