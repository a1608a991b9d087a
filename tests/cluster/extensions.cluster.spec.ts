import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import {
  definitionSources,
  installDefinitions,
  parseManifests,
  readDefinitions,
  startControlPlane,
  type ControlPlane,
} from '@ecommercestack/local/cluster';
import { testCluster, type TestCluster } from '../src/cluster.ts';
import { pubsub, startOperator, testStack, type ClusterOperator } from '../src/cluster-operator.ts';
import { eventually } from '../src/eventually.ts';

const OWN = path.join(import.meta.dirname, '../../operator/crd/ecommercestacks.yaml');

describe('a cluster without any extension', () => {
  let dir: string;
  let plane: ControlPlane;
  let cluster: TestCluster;
  let operator: ClusterOperator;
  before(async () => {
    dir = await mkdtemp(path.join(tmpdir(), 'extensions-spec-'));
    plane = await startControlPlane({ dir, definitions: [] });
    await installDefinitions(plane.api, parseManifests(await readFile(OWN, 'utf8')));
    cluster = testCluster(plane.kubeconfig);
    operator = await startOperator(cluster, { namespaces: ['default'], env: { DISCOVERY_INTERVAL: '1s' } });
  });
  after(async () => {
    await operator.stop();
    await cluster.close();
    await plane.stop();
    await rm(dir, { recursive: true, force: true });
  });

  test('is told what it lacks, runs what it can, and gets the rest once that is installed', async () => {
    const stack = testStack(cluster, 'default');
    await stack.spec({
      version: '1',
      ingress: { hostnames: ['shop.example'], parentRefs: [{ name: 'public' }] },
      services: [
        {
          name: 'order',
          keda: { max: 3, triggers: [{ name: 'lag', type: 'kafka', metadata: { topic: 'order.events' } }] },
        },
      ],
    });
    await stack.until('DaprReady', 'False', 'DaprMissing');
    await stack.until('GatewayReady', 'False', 'GatewayApiMissing');
    assert.match((await stack.until('Degraded', 'True')).message, /KEDA/);
    await eventually('its services run all the same', async () => {
      return (await stack.service('catalog'))?.['readyReplicas'] === 2;
    });
    for (const source of definitionSources)
      await installDefinitions(plane.api, await readDefinitions(source));
    await cluster.apply(pubsub('default'));
    await stack.until('DaprReady', 'True');
    await eventually('what was left out is made', async () => {
      const children = [...(await stack.children()).keys()];
      return [
        'Resiliency/shop-order',
        'ScaledObject/shop-order',
        'Subscription/shop-order-dead-letters',
      ].every((key) => children.includes(key));
    });
    await eventually('the route is made', async () =>
      [...(await stack.children()).keys()].some((key) => key.startsWith('HTTPRoute/')),
    );
    assert.equal((await stack.until('GatewayReady', 'False')).reason, 'RouteNotAccepted');
  });
});
