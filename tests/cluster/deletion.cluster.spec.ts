import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { ClusterObject } from '../src/cluster.ts';
import {
  pubsub,
  startOperator,
  startShops,
  testStack,
  type Shops,
  type TestStack,
} from '../src/cluster-operator.ts';
import { eventually } from '../src/eventually.ts';

const INGRESS = { hostnames: ['shop.example'], className: 'nginx' };

describe('a stack that is deleted', () => {
  let made: Shops;
  before(async () => {
    made = await startShops(4);
  });
  after(() => made.stop());

  async function running(at: number, spec: object): Promise<TestStack> {
    const stack = made.shops[at] as TestStack;
    await stack.spec({ version: '1', ...spec });
    await stack.until('Ready', 'True');
    return stack;
  }
  const gone = (stack: TestStack) =>
    eventually('the stack is gone', async () => {
      const { status } = await made.cluster.api.request(
        'GET',
        `/apis/ecommercestack.io/v1alpha1/namespaces/${stack.namespace}/ecommercestacks/shop`,
      );
      return status === 404;
    });

  /** The version of the cluster in which it was deleted. */
  async function endOf(object: ClusterObject): Promise<number> {
    return eventually(`${object.kind}/${object.metadata.name} is gone`, async () => {
      const end = (await made.cluster.since(object)).find(
        ({ isDeleted, metadata }) => isDeleted || metadata.deletionTimestamp !== undefined,
      );
      return end && Number(end.metadata.resourceVersion);
    });
  }

  test('takes everything along, from the door inwards', async () => {
    const stack = await running(0, {
      ingress: INGRESS,
      services: [{ name: 'order', dependsOn: ['catalog'] }],
    });
    const before = await stack.children();
    await made.cluster.delete(await stack.get());
    await gone(stack);
    const [door, gateway, order, catalog, settings] = await Promise.all(
      [
        [...before.keys()].find((key) => key.startsWith('Ingress/')) ?? '',
        'Deployment/shop-gateway',
        'Deployment/shop-order',
        'Deployment/shop-catalog',
        'ConfigMap/shop-settings',
      ].map((key) => endOf(before.get(key) as ClusterObject)),
    );
    const inOrder = [door, gateway, order, catalog, settings].map(Number);
    assert.deepEqual(
      inOrder,
      inOrder.toSorted((one, other) => one - other),
    );
    await eventually('nothing is left', async () => (await stack.children()).size === 0);
  });

  test('leaves everything behind, without an owner, where that is asked for', async () => {
    const stack = await running(1, { deletionPolicy: 'Orphan' });
    const before = await stack.children();
    await made.cluster.delete(await stack.get());
    await gone(stack);
    const left = await stack.children();
    assert.deepEqual([...left.keys()], [...before.keys()]);
    const { uids, owners } = {
      uids: [...left].map(([key, { metadata }]) => before.get(key)?.metadata.uid === metadata.uid),
      owners: [...left.values()].flatMap(({ metadata }) => metadata.ownerReferences ?? []),
    };
    assert.ok(uids.every(Boolean));
    assert.deepEqual(owners, []);
    // Made again, it finds them.
    await stack.spec({ version: '1' });
    await stack.until('Ready', 'True');
    const again = await stack.child('Deployment', 'shop-order');
    assert.equal(again?.metadata.uid, before.get('Deployment/shop-order')?.metadata.uid);
    assert.equal(again?.metadata.ownerReferences?.[0]?.uid, (await stack.get()).metadata.uid);
  });

  test('goes though somebody else has set what holds it, as in a copy of another stack', async () => {
    const stack = made.shops[3] as TestStack;
    const { api } = made.cluster;
    const path = `/apis/ecommercestack.io/v1alpha1/namespaces/${stack.namespace}/ecommercestacks`;
    const { status } = await api.request('POST', `${path}?fieldManager=backup`, {
      apiVersion: 'ecommercestack.io/v1alpha1',
      kind: 'EcommerceStack',
      metadata: { name: 'shop', finalizers: ['ecommercestack.io/cleanup'] },
      spec: { version: '1' },
    });
    assert.equal(status, 201);
    await stack.until('Ready', 'True');
    await made.cluster.delete(await stack.get());
    await gone(stack);
  });

  test('with its namespace keeps it from going by nothing', async () => {
    const { namespace } = await running(2, { ingress: INGRESS });
    await made.cluster.api.request('DELETE', `/api/v1/namespaces/${namespace}`);
    await eventually(
      'the namespace is gone',
      async () => (await made.cluster.api.request('GET', `/api/v1/namespaces/${namespace}`)).status === 404,
      { deadlineMs: 180_000 },
    );
  });

  test('is let go by an operator that has to go with it, as its pods are the first', async () => {
    const { cluster } = made;
    const namespace = await cluster.namespace();
    await cluster.apply(pubsub(namespace));
    const stack = testStack(cluster, namespace);
    const operator = await startOperator(cluster, {
      namespaces: [namespace],
      env: { POD_NAMESPACE: namespace },
    });
    const pod = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'operator', namespace, finalizers: ['spec/runs'] },
      spec: { containers: [{ name: 'operator', image: 'operator' }] },
    };
    try {
      await stack.spec({ version: '1' });
      await stack.until('Ready', 'True');
      await cluster.apply(pod);
      await cluster.api.request('DELETE', `/api/v1/namespaces/${namespace}`);
      await eventually('its pod is asked to end', async () => {
        return (
          (await cluster.get('v1', 'Pod', namespace, 'operator'))?.metadata.deletionTimestamp !== undefined
        );
      });
    } finally {
      await operator.stop();
    }
    await cluster.merge(pod, { metadata: { finalizers: null } });
    await eventually(
      'the namespace is gone',
      async () => (await cluster.api.request('GET', `/api/v1/namespaces/${namespace}`)).status === 404,
    );
  });
});
