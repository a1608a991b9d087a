import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import { eventually, fieldOf, testCluster, type TestCluster } from '@ecommercestack/tests/cluster';
import { pubsub, testStack, type TestStack } from '@ecommercestack/tests/cluster-operator';
import type { Connection } from './kube/connection.ts';
import { isWrite, startFaultProxy, type FaultProxy } from './kube/spec/fault-proxy.ts';
import { startInProcess, type InProcess } from './spec/in-process.ts';

describe('the loop', () => {
  let cluster: TestCluster;
  let proxy: FaultProxy;
  let stacks: readonly [TestStack, TestStack];
  let operator: InProcess;

  before(() => {
    cluster = testCluster();
  });
  after(() => cluster.close());

  const shop = async (): Promise<TestStack> => {
    const namespace = await cluster.namespace();
    await cluster.apply(pubsub(namespace));
    return testStack(cluster, namespace);
  };
  const begin = (
    env: Readonly<Record<string, string>> = {},
    around?: (connection: Connection) => Connection,
  ) => {
    operator = startInProcess({
      kubeconfig: proxy.kubeconfig,
      namespaces: stacks.map(({ namespace }) => namespace),
      env,
      ...(around && { around }),
    });
  };
  const events = async ({ namespace }: TestStack) =>
    (await cluster.list('v1', 'Event', namespace)).filter(
      (event) => fieldOf(event, 'involvedObject.kind') === 'EcommerceStack',
    );

  beforeEach(async () => {
    stacks = [await shop(), await shop()];
    proxy = await startFaultProxy(cluster.kubeconfig);
  });
  afterEach(async () => {
    proxy.onRequest = () => undefined;
    for (const { namespace } of stacks) await cluster.kubectl('delete', 'estack', '--all', '-n', namespace);
    await operator.stop();
    await proxy.close();
  });

  test('looks again without a single request when nothing is to be done', async () => {
    const [one] = stacks;
    begin();
    await one.spec({ version: '1' });
    await one.until('Ready', 'True');
    await one.until('Progressing', 'False');
    const stored = (await one.get()).metadata.resourceVersion;
    const before = proxy.requests.length;
    // Not of ours, and a reason to look for a broker.
    for (const name of ['one', 'two', 'three'])
      await cluster.apply({ ...pubsub(one.namespace, name), metadata: { name, namespace: one.namespace } });
    await cluster.merge(await one.get(), { metadata: { annotations: { note: 'looked' } } });
    await eventually('the watches have told it', async () => {
      const { annotations } = (await one.get()).metadata;
      return annotations?.['note'] === 'looked' && (await one.get()).metadata.resourceVersion !== stored;
    });
    const since = proxy.requests.slice(before).filter(({ path }) => !path.includes('/leases'));
    assert.deepEqual(
      since.filter(({ isWatch }) => !isWatch).filter(({ path }) => path !== '/apis'),
      [],
    );
  });

  test('tries a stack that is refused again and again, while the other one is served by the only worker', async () => {
    const [poison, healthy] = stacks;
    let refused = 0;
    proxy.onRequest = (request) => {
      const isIt = isWrite(request) && request.path.endsWith('/deployments/shop-order');
      if (!isIt || !request.path.includes(poison.namespace)) return undefined;
      refused += 1;
      return 'unavailable';
    };
    begin({ WORKERS: '1' });
    await poison.spec({ version: '1' });
    await eventually('it was refused', async () => refused > 2);
    await healthy.spec({ version: '1' });
    await healthy.until('Ready', 'True');
    const tries = refused;
    await eventually('it is tried again', async () => refused > tries);
    proxy.onRequest = () => undefined;
    await poison.until('Ready', 'True');
    const text = operator.lines.filter((line) => line.includes('a stack is not as it should be'));
    assert.ok(text.length > 2 && text.every((line) => line.includes(`${poison.namespace}/shop`)));
  });

  test('waits when the server asks for it, and loses nothing', async () => {
    const [one] = stacks;
    let left = 3;
    proxy.onRequest = (request) => {
      if (!isWrite(request) || left === 0) return undefined;
      left -= 1;
      return 'too-many-requests';
    };
    begin();
    await one.spec({ version: '1' });
    await one.until('Ready', 'True');
    assert.equal(left, 0);
  });

  test('tells each turn of a stack once', async () => {
    const [one] = stacks;
    begin();
    await one.spec({ version: '1' });
    await one.until('Ready', 'True');
    await eventually('the event is there', async () =>
      (await events(one)).some((event) => String(fieldOf(event, 'reason')).startsWith('Ready')),
    );
    const told = (await events(one)).map(
      (event) => `${String(fieldOf(event, 'reason'))} ${String(fieldOf(event, 'message'))}`,
    );
    assert.equal(new Set(told).size, told.length);
    assert.ok(
      (await events(one)).every((event) => fieldOf(event, 'count') === 1),
      told.join('\n'),
    );
  });

  test('replaces the pods that read a ConfigMap when its content changes, and no others', async () => {
    const [stack] = stacks;
    const { namespace } = stack;
    const metadata = { name: 'tuning', namespace };
    const map = (value: string, labels: Readonly<Record<string, string>> = {}) =>
      cluster.apply({
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { ...metadata, ...(labels && { labels }) },
        data: { LOG_LEVEL: value },
      });
    const revision = async (name: string) =>
      fieldOf(await stack.child('Deployment', name), 'spec.template.metadata.annotations') as Record<
        string,
        string
      >;
    const of = async (name: string) => (await revision(name))['ecommercestack.io/configuration'];
    await map('info');
    begin();
    await stack.spec({
      version: '1',
      services: [{ name: 'catalog', envFrom: [{ configMapRef: 'tuning' }] }],
    });
    await stack.until('Ready', 'True');
    const [before, other] = [await of('shop-catalog'), await of('shop-order')];
    assert.ok(before !== undefined);
    await map('info', { team: 'shop' });
    await map('debug');
    await eventually('the template has changed', async () => (await of('shop-catalog')) !== before);
    await stack.until('Ready', 'True');
    await map('info');
    await eventually(
      'it is as it was: only the content counts',
      async () => (await of('shop-catalog')) === before,
    );
    assert.equal(await of('shop-order'), other);
  });
});
