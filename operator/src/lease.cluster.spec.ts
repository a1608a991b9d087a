import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import { eventually, fieldOf, testCluster, type TestCluster } from '@ecommercestack/tests/cluster';
import { pubsub, startOperator, testStack } from '@ecommercestack/tests/cluster-operator';
import type { ClusterOperator, TestStack } from '@ecommercestack/tests/cluster-operator';
import { isWrite, startFaultProxy, type FaultProxy } from './kube/spec/fault-proxy.ts';
import { startInProcess, type InProcess } from './spec/in-process.ts';

/** Long enough that a busy machine is no reason to lose it. */
const LEASE = {
  LEASE_NAME: 'ecommercestack-operator',
  LEASE_DURATION: '12s',
  RENEW_DEADLINE: '10s',
  RETRY_PERIOD: '1s',
};

/** The first one is a process of its own behind a proxy, so that it can be stopped, killed and overheard. */
describe('of two operators', () => {
  let cluster: TestCluster;
  let namespace: string;
  let stack: TestStack;
  let proxy: FaultProxy;
  let first: ClusterOperator;
  let second: InProcess;

  const holder = async (): Promise<unknown> => {
    const lease = await cluster.get('coordination.k8s.io/v1', 'Lease', namespace, 'ecommercestack-operator');
    return fieldOf(lease, 'spec.holderIdentity');
  };
  const writes = () => proxy.requests.filter(isWrite);
  const leads = (operator: InProcess) => eventually('the second one leads', async () => operator.isLeading());

  before(() => {
    cluster = testCluster();
  });
  after(() => cluster.close());

  beforeEach(async () => {
    namespace = await cluster.namespace();
    await cluster.apply(pubsub(namespace));
    stack = testStack(cluster, namespace);
    proxy = await startFaultProxy(cluster.kubeconfig);
    const env = { ...LEASE, KUBECONFIG: proxy.kubeconfig, POD_NAME: 'first', POD_NAMESPACE: namespace };
    first = await startOperator(cluster, { namespaces: [namespace], env });
    second = startInProcess({
      kubeconfig: cluster.kubeconfig,
      namespaces: [namespace],
      env: { ...LEASE, POD_NAME: 'second' },
    });
  });
  afterEach(async () => {
    // While somebody is there to let the stack go.
    await cluster.kubectl('delete', 'estack', '--all', '--namespace', namespace, '--ignore-not-found');
    await second.stop();
    await first.stop();
    await proxy.close();
  });

  test('one writes; when it is killed, the other one does', async () => {
    await stack.spec({ version: '1' });
    await stack.until('Ready', 'True');
    assert.ok(writes().length > 0);
    assert.equal(second.isLeading(), false);
    process.kill(first.pid, 'SIGKILL');
    await leads(second);
    assert.match(String(await holder()), /^second_/);
    await stack.spec({ version: '2' });
    await stack.until('Ready', 'True');
    assert.match(String(fieldOf(await stack.child('Deployment', 'shop-order'), TEMPLATE_IMAGE)), /:2$/);
  });

  test('one that was asleep in the middle of its writes writes nothing more once the other one may', async () => {
    const held = Promise.withResolvers<void>();
    const asked = Promise.withResolvers<void>();
    let applies = 0;
    proxy.onAnswer = (request) => {
      if (!isWrite(request) || (applies += 1) !== 10) return undefined;
      asked.resolve();
      return held.promise;
    };
    await stack.spec({ version: '1' });
    await asked.promise;
    process.kill(first.pid, 'SIGSTOP');
    const before = writes().length;
    // It has its answer before it wakes up, and thirty writes to go.
    held.resolve();
    await leads(second);
    await stack.until('Ready', 'True');
    process.kill(first.pid, 'SIGCONT');
    await eventually('it knows', async () => (await first.log()).includes('this process writes no more'));
    await stack.spec({ version: '2' });
    await stack.until('Ready', 'True');
    assert.deepEqual(writes().slice(before), []);
    assert.match(String(await holder()), /^second_/);
  });

  test('one that cannot renew the lease stops before the other one begins', async () => {
    await stack.spec({ version: '1' });
    await stack.until('Ready', 'True');
    proxy.onRequest = ({ path }) => (path.includes('/leases') ? 'unavailable' : undefined);
    await eventually('it knows', async () => (await first.log()).includes('this process writes no more'));
    const before = writes().length;
    await leads(second);
    await stack.spec({ version: '2' });
    await stack.until('Ready', 'True');
    assert.deepEqual(writes().slice(before), []);
  });

  test('one that is asked to stop finishes its write, gives the lease away, and leaves the rest', async () => {
    const held = Promise.withResolvers<void>();
    const asked = Promise.withResolvers<void>();
    const done: string[] = [];
    let applies = 0;
    proxy.onAnswer = (request) => {
      if (request.path.includes('/leases') && request.method === 'PUT') done.push('lease');
      if (!isWrite(request)) return undefined;
      applies += 1;
      if (applies !== 10) return undefined;
      asked.resolve();
      return held.promise.then(() => void done.push('write'));
    };
    await stack.spec({ version: '1' });
    await asked.promise;
    const before = writes().length;
    done.length = 0;
    process.kill(first.pid, 'SIGTERM');
    await eventually('it knows', async () => (await first.log()).includes('"stopping"'));
    held.resolve();
    await first.ended;
    assert.deepEqual([done.at(0), done.at(-1)], ['write', 'lease']);
    assert.deepEqual(writes().slice(before), []);
    assert.match(await first.log(), /"clean":true/);
    await leads(second);
    await stack.until('Ready', 'True');
  });
});

const TEMPLATE_IMAGE = 'spec.template.spec.containers.0.image';
