import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { eventually, fieldOf, testCluster, type TestCluster } from '@ecommercestack/tests/cluster';
import { pubsub, testStack, type TestStack } from '@ecommercestack/tests/cluster-operator';
import type { Connection } from './kube/connection.ts';
import { startInProcess, type InProcess } from './spec/in-process.ts';

const OLD = 'ecommercestack.io/of-the-version-before';

/** A version before that made everything a little different, but for the pods. */
function versionBefore(connection: Connection): Connection {
  return {
    ...connection,
    request: async (method, path, options) => {
      const body = options?.body as { readonly metadata?: { readonly annotations?: object } } | undefined;
      const isChild = method === 'PATCH' && !path.includes('/ecommercestacks/') && !path.includes('/pods/');
      if (!isChild || body?.metadata === undefined) return connection.request(method, path, options);
      const annotations = {
        ...body.metadata.annotations,
        [OLD]: 'yes',
        'ecommercestack.io/applied': 'before',
      };
      return connection.request(method, path, {
        ...options,
        body: { ...body, metadata: { ...body.metadata, annotations } },
      });
    },
  };
}

const canary = (weight: number) => ({
  version: '1',
  services: [{ name: 'catalog', canary: { version: '2', weight } }],
});

describe('an operator of another version', () => {
  let cluster: TestCluster;
  let operator: InProcess | undefined;
  before(() => {
    cluster = testCluster();
  });
  after(async () => {
    await cluster.close();
    await operator?.stop();
  });

  const begin = (stack: TestStack, around?: (connection: Connection) => Connection): InProcess =>
    startInProcess({
      kubeconfig: cluster.kubeconfig,
      namespaces: [stack.namespace],
      env: { POD_NAMESPACE: 'default', LEASE_NAME: stack.namespace },
      ...(around && { around }),
    });

  test('takes over half way of a canary, writes what it does otherwise, and restarts nothing', async () => {
    const namespace = await cluster.namespace();
    await cluster.apply(pubsub(namespace));
    const stack = testStack(cluster, namespace);
    const pods = async () =>
      (await cluster.list('v1', 'Pod', namespace)).map(({ metadata }) => metadata.uid).toSorted();
    // Not their generation: the API server counts an annotation, too.
    const deployments = async () =>
      (await cluster.list('apps/v1', 'Deployment', namespace)).map(({ metadata, ...body }) => ({
        name: metadata.name,
        spec: body['spec'],
      }));
    const marked = async () =>
      [...(await stack.children()).values()].filter(({ metadata }) => metadata.annotations?.[OLD] === 'yes');

    operator = begin(stack, versionBefore);
    await stack.spec(canary(50));
    await eventually('half of the callers are sent to the canary', async () => {
      return (await stack.service('catalog'))?.['appliedWeight'] === 50;
    });
    await stack.until('Ready', 'True');
    await operator.stop();
    assert.ok((await marked()).some(({ kind }) => kind === 'Deployment'));
    const before = { pods: await pods(), deployments: await deployments() };

    operator = begin(stack);
    await eventually('everything is as this version makes it', async () => (await marked()).length === 0);
    await stack.until('Ready', 'True');
    assert.deepEqual({ pods: await pods(), deployments: await deployments() }, before);

    await stack.spec(canary(60));
    await eventually('the canary goes on', async () => {
      return fieldOf(await stack.settings(), 'services.catalog.canary.weight') === 60;
    });
    assert.deepEqual({ pods: await pods(), deployments: await deployments() }, before);
  });
});
