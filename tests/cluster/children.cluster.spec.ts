import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { fieldOf, type ClusterObject } from '../src/cluster.ts';
import { startShops, type Shops, type TestStack } from '../src/cluster-operator.ts';
import { eventually } from '../src/eventually.ts';

const INGRESS = { hostnames: ['shop.example'], className: 'nginx' };

describe('what a stack is made of', () => {
  let made: Shops;
  before(async () => {
    made = await startShops(6);
  });
  after(() => made.stop());

  const shop = (at: number): TestStack => made.shops[at] as TestStack;
  const versionsOf = (objects: ReadonlyMap<string, ClusterObject>) =>
    new Map([...objects].map(([key, { metadata }]) => [key, metadata.resourceVersion]));
  const countOf = (objects: ReadonlyMap<string, ClusterObject>, kind: string) =>
    [...objects.values()].filter((object) => object.kind === kind).length;

  test('is there, belongs to the stack, and makes it ready only once it is itself', async () => {
    const { until, spec, get, children } = shop(0);
    await spec({ version: '1', services: [{ name: 'catalog', image: 'own/never-ready:1' }] });
    const { message } = await until('Ready', 'False', 'ServicesNotReady');
    await eventually('only the catalog is missing', async () =>
      (await until('Ready', 'False')).message.endsWith('not ready: catalog'),
    );
    assert.match(message, /catalog/);
    await spec({ version: '1' });
    await until('Ready', 'True');
    const stack = await get();
    const objects = await children();
    for (const kind of ['Deployment', 'Service', 'ServiceAccount', 'PodDisruptionBudget', 'Configuration'])
      assert.equal(countOf(objects, kind), 6, kind);
    const strays = [...objects].filter(
      ([, { metadata }]) => metadata.ownerReferences?.[0]?.uid !== stack.metadata.uid,
    );
    assert.deepEqual(strays, []);
    const deployments = [...objects.values()].filter(({ kind }) => kind === 'Deployment');
    assert.ok(deployments.every((one) => fieldOf(one, 'status.readyReplicas') === 2));
  });

  test('is left alone by whoever looks a second time, a new process included', async () => {
    const { until, spec, get, children } = shop(1);
    await spec({ version: '1', ingress: INGRESS, services: [{ name: 'order', replicas: 3 }] });
    await until('Ready', 'True');
    await until('Progressing', 'False');
    const before = versionsOf(await children());
    const stack = await get();
    await made.restart();
    const looks = () => made.operator().figure('operator_reconciles_total');
    const first = await looks();
    // A label of the user's is a reason to look, and none to write.
    await made.cluster.merge(stack, { metadata: { labels: { team: 'shop' } } });
    await eventually('it has looked', async () => (await looks()) > first);
    assert.deepEqual(versionsOf(await children()), before);
    const told = await made.cluster.since(stack);
    assert.equal(told.length, 1, 'the label was the only change of the stack');
    assert.equal(await made.operator().figure('operator_writes_total'), 0);
  });

  test('comes back when it is deleted, whatever it is', async () => {
    const { until, spec, children, child } = shop(2);
    await spec({
      version: '1',
      ingress: INGRESS,
      services: [{ name: 'order', autoscale: { max: 4, cpuPercent: 70 } }],
    });
    await until('Ready', 'True');
    const before = await children();
    const oneOfEach = new Map([...before.values()].map((object) => [object.kind, object]));
    assert.equal(oneOfEach.size, 11, [...oneOfEach.keys()].join(', '));
    const waits: number[] = [];
    for (const [kind, object] of oneOfEach) {
      const deleted = performance.now();
      await made.cluster.delete(object);
      await eventually(`${kind} is back`, async () => {
        const now = await child(kind, object.metadata.name);
        return now !== undefined && now.metadata.uid !== object.metadata.uid;
      });
      waits.push(performance.now() - deleted);
    }
    console.log(`A deleted child was back after at most ${Math.round(Math.max(...waits))} ms.`);
    await until('Ready', 'True');
  });

  test('is put back where it was edited, and keeps what others added', async () => {
    const { until, spec, child } = shop(3);
    await spec({ version: '1' });
    await until('Ready', 'True');
    const order = (await child('Deployment', 'shop-order')) as ClusterObject;
    await made.cluster.merge(order, {
      metadata: { labels: { team: 'a' }, annotations: { note: 'b' } },
      spec: { minReadySeconds: 1, replicas: 5, template: { spec: { terminationGracePeriodSeconds: 99 } } },
    });
    await eventually('the fields are as they were', async () => {
      const now = await child('Deployment', 'shop-order');
      const grace = 'spec.template.spec.terminationGracePeriodSeconds';
      return fieldOf(now, 'spec.replicas') === 2 && fieldOf(now, grace) === fieldOf(order, grace);
    });
    const now = (await child('Deployment', 'shop-order')) as ClusterObject;
    assert.deepEqual([now.metadata.labels?.['team'], now.metadata.annotations?.['note']], ['a', 'b']);
    assert.equal(fieldOf(now, 'spec.minReadySeconds'), 1);
    const service = (await child('Service', 'shop-order')) as ClusterObject;
    await made.cluster.merge(service, { spec: { selector: { 'app.kubernetes.io/name': 'nobody' } } });
    await eventually('the selector is as it was', async () => {
      const found = fieldOf(await child('Service', 'shop-order'), 'spec.selector');
      return JSON.stringify(found) === JSON.stringify(fieldOf(service, 'spec.selector'));
    });
  });

  test('is left to whoever applies a field of it, who is named until they let it go', async () => {
    const { until, spec, child } = shop(4);
    await spec({ version: '1' });
    await until('Ready', 'True');
    const name = 'shop-order';
    const { namespace } = shop(4);
    const theirs = (fields: object) =>
      made.cluster.api.apply(
        { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name, namespace }, ...fields },
        { manager: 'argocd', force: true },
      );
    assert.equal((await theirs({ spec: { replicas: 4 } })).status, 200);
    const { message } = await until('Conflict', 'True');
    assert.match(message, /Deployment\/shop-order: argocd holds \.spec\.replicas/);
    // What is not theirs is still ours.
    await spec({ version: '2' });
    await eventually('the others move on', async () => {
      const image = fieldOf(
        await child('Deployment', 'shop-catalog'),
        'spec.template.spec.containers.0.image',
      );
      return image === 'ecommercestack/catalog:2';
    });
    assert.equal(fieldOf(await child('Deployment', name), 'spec.replicas'), 4);
    assert.equal((await theirs({})).status, 200);
    await until('Conflict', 'False');
    await eventually('it is ours again', async () => {
      const now = await child('Deployment', name);
      return fieldOf(now, 'spec.replicas') === 2;
    });
    await until('Ready', 'True');
  });

  test('takes up a changed Secret when its pods are restarted by kubectl, those of that service alone', async () => {
    const { namespace, until, spec, children, child } = shop(5);
    await spec({ version: '1', services: [{ name: 'order', envFrom: [{ secretRef: 'order' }] }] });
    await until('Ready', 'True');
    const generations = async () =>
      new Map(
        [...(await children())]
          .filter(([key]) => key.startsWith('Deployment/'))
          .map(([key, { metadata }]) => [key, metadata.generation]),
      );
    const before = await generations();
    await made.cluster.kubectl('rollout', 'restart', 'deployment/shop-order', `--namespace=${namespace}`);
    // A look that writes: what it is not to take back is in an object that it has just seen.
    await spec({
      version: '1',
      services: [
        { name: 'order', envFrom: [{ secretRef: 'order' }] },
        { name: 'catalog', replicas: 3 },
      ],
    });
    await until('Ready', 'True');
    const restarted = 'spec.template.metadata.annotations';
    const annotations = fieldOf(await child('Deployment', 'shop-order'), restarted) as object;
    assert.ok('kubectl.kubernetes.io/restartedAt' in annotations);
    const after = await generations();
    const changed = [...after].flatMap(([key, now]) => (now === before.get(key) ? [] : [key]));
    assert.deepEqual(changed.toSorted(), ['Deployment/shop-catalog', 'Deployment/shop-order']);
  });
});
