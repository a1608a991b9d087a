import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fieldOf, type ClusterObject } from '../src/cluster.ts';
import { startDaprControlPlane, startPodSidecar, type DaprControlPlane } from '../src/cluster-dapr.ts';
import { startShops, type Shops, type TestStack } from '../src/cluster-operator.ts';
import { eventually } from '../src/eventually.ts';

const CALLERS = ['gateway', 'order', 'payment', 'inventory', 'catalog', 'notification'] as const;

describe('Dapr beside the operator', () => {
  let dir: string;
  let made: Shops;
  let stack: TestStack;
  let dapr: DaprControlPlane;
  before(async () => {
    dir = await mkdtemp(path.join(tmpdir(), 'cluster-dapr-spec-'));
    made = await startShops(1);
    [stack] = made.shops as [TestStack];
    // In memory, so that real sidecars can start with it.
    await made.cluster.apply({
      apiVersion: 'dapr.io/v1alpha1',
      kind: 'Component',
      metadata: { name: 'pubsub', namespace: stack.namespace },
      spec: { type: 'pubsub.in-memory', version: 'v1', metadata: [] },
    });
    dapr = await startDaprControlPlane(made.cluster, path.join(dir, 'dapr'), stack.namespace);
  });
  after(async () => {
    await dapr.stop();
    await made.stop();
    await rm(dir, { recursive: true, force: true });
  });

  const daprService = async (appId: string): Promise<ClusterObject> => {
    return eventually(`${appId}-dapr is there`, () => stack.child('Service', `${appId}-dapr`));
  };

  test('its Service of an app never changes hands while canaries come and go', async () => {
    await stack.spec({ version: '1' });
    await stack.until('Ready', 'True');
    const first = await daprService('catalog');
    const owner = (await stack.child('Deployment', 'shop-catalog')) as ClusterObject;
    assert.equal(first.metadata.ownerReferences?.[0]?.uid, owner.metadata.uid);
    for (const version of ['2', '3']) {
      await stack.spec({ version: '1', services: [{ name: 'catalog', canary: { version, weight: 10 } }] });
      await eventually(
        'the canary serves',
        async () => (await stack.service('catalog'))?.['appliedWeight'] === 10,
      );
      const canary = await daprService('catalog-canary');
      assert.equal(fieldOf(canary, 'spec.selector')?.['ecommercestack.io/track' as never], 'canary');
      await stack.spec({ version: '1' });
      await eventually(
        'the canary is gone',
        async () => (await stack.child('Deployment', 'shop-catalog-canary')) === undefined,
      );
      await eventually(
        'its Service goes with it',
        async () => (await stack.child('Service', 'catalog-canary-dapr')) === undefined,
      );
    }
    const versions = [first, ...(await made.cluster.since(first))];
    const hands = versions.map(({ metadata, ...body }) =>
      JSON.stringify([metadata.uid, metadata.ownerReferences?.[0]?.uid, fieldOf(body, 'spec.selector')]),
    );
    assert.equal(new Set(hands).size, 1, hands.join('\n'));
  });

  test('a sidecar of each service takes its policies, subscriptions and access rules from the cluster', async () => {
    await stack.spec({ version: '1' });
    await stack.until('Ready', 'True');
    for (const appId of CALLERS) {
      const deployment = (await stack.child('Deployment', `shop-${appId}`)) as ClusterObject;
      const sidecar = await startPodSidecar(deployment, { dapr, dir });
      try {
        const log = await readFile(sidecar.logFile, 'utf8');
        assert.match(log, new RegExp(`Loading Resiliency configuration: shop-${appId}`));
        const metrics = await (await fetch(sidecar.metricsUrl)).text();
        assert.match(metrics, new RegExp(`dapr_resiliency_loaded\\{[^}]*name="shop-${appId}"[^}]*\\} 1`));
        assert.doesNotMatch(log, /level=(error|fatal)/);
      } finally {
        await sidecar.stop();
      }
    }
  });
});
