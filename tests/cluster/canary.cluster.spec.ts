import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fieldOf, type ClusterObject } from '../src/cluster.ts';
import { startShops, type Shops, type TestStack } from '../src/cluster-operator.ts';
import { eventually } from '../src/eventually.ts';

const EDITS = 40;
const IMAGE = 'spec.template.spec.containers.0.image';

describe('a second version', () => {
  let made: Shops;
  before(async () => {
    made = await startShops(5);
  });
  after(() => made.stop());

  const shop = (at: number): TestStack => made.shops[at] as TestStack;
  const catalog = (fields: object, version = '1') => ({
    version: '1',
    services: [{ name: 'catalog', version, ...fields }],
  });
  const canary = (weight: number, version = '2') => ({ canary: { version, weight, replicas: 2 } });
  const one = async ({ child }: TestStack, kind: string, name: string): Promise<ClusterObject> => {
    const found = await child(kind, name);
    assert.ok(found, `${kind}/${name} is there`);
    return found;
  };
  const weightIn = (settings: unknown) => fieldOf(settings, 'services.catalog.canary.weight');

  async function serving(stack: TestStack, weight: number): Promise<void> {
    await stack.spec(catalog(canary(weight)));
    await eventually(`callers give it ${weight}%`, async () => weightIn(await stack.settings()) === weight);
    await stack.until('Ready', 'True');
  }

  /** The weights that callers were told, with the versions of the cluster at which they were. */
  async function weightsSince(settings: ClusterObject) {
    const versions = await made.cluster.since(settings);
    return versions.map((version) => {
      const text = Object.values(version['data'] as Readonly<Record<string, string>>)[0] ?? '{}';
      return { at: Number(version.metadata.resourceVersion), weight: weightIn(JSON.parse(text)) ?? 0 };
    });
  }

  test('gets its share within a moment of an edit, and the first one is not touched', async () => {
    const stack = shop(0);
    await serving(stack, 1);
    const deployments = [
      await one(stack, 'Deployment', 'shop-catalog'),
      await one(stack, 'Deployment', 'shop-order'),
    ];
    const settings = await one(stack, 'ConfigMap', 'shop-settings');
    const path = await made.cluster.api.pathOf('v1', 'ConfigMap', stack.namespace, 'shop-settings');
    const waits: number[] = [];
    for (let edit = 1; edit <= EDITS; edit += 1) {
      const weight = edit * 2.5;
      const edited = performance.now();
      await stack.spec(catalog(canary(weight)));
      for (;;) {
        const data = fieldOf((await made.cluster.api.request('GET', path)).body, 'data') as Record<
          string,
          string
        >;
        if (weightIn(JSON.parse(data['settings.json'] ?? '')) === weight) break;
        await sleep(2);
      }
      waits.push(performance.now() - edited);
    }
    const [median = 0, worst = 0] = [EDITS / 2, EDITS - 1].map((at) => waits.toSorted((a, b) => a - b)[at]);
    console.log(
      `Of ${EDITS} weights, half were told within ${Math.round(median)} ms, all within ${Math.round(worst)} ms.`,
    );
    for (const before of deployments) {
      const after = await one(stack, 'Deployment', before.metadata.name);
      assert.equal(after.metadata.generation, before.metadata.generation, before.metadata.name);
    }
    const weights = (await weightsSince(settings)).map(({ weight }) => Number(weight));
    assert.deepEqual(
      weights,
      weights.toSorted((a, b) => a - b),
    );
    assert.ok(weights.every((weight) => weight >= 0 && weight <= 100));
    await eventually('it is told that all of it is applied', async () => {
      const service = await stack.service('catalog');
      return service?.['askedWeight'] === 100 && service['appliedWeight'] === 100;
    });
  });

  test('that does not start gets nothing, and neither does anybody wait for it', async () => {
    const stack = shop(1);
    await stack.spec(catalog({}));
    await stack.until('Ready', 'True');
    const before = await one(stack, 'Deployment', 'shop-catalog');
    await stack.spec(catalog({ canary: { image: 'own/never-ready:2', weight: 50 } }));
    await eventually(
      'its pod is there',
      async () => fieldOf(await stack.child('Deployment', 'shop-catalog-canary'), 'status.replicas') === 1,
    );
    await stack.until('Progressing', 'True');
    assert.equal(weightIn(await stack.settings()), 0);
    const service = await stack.service('catalog');
    assert.deepEqual(
      [service?.['askedWeight'], service?.['appliedWeight'], service?.['readyReplicas']],
      [50, 0, 2],
    );
    assert.equal(
      (await one(stack, 'Deployment', 'shop-catalog')).metadata.generation,
      before.metadata.generation,
    );
  });

  test('that is taken away is told to nobody any more, then finishes what it has, then goes', async () => {
    const stack = shop(2);
    await serving(stack, 30);
    const settings = await one(stack, 'ConfigMap', 'shop-settings');
    const second = await one(stack, 'Deployment', 'shop-catalog-canary');
    const first = await one(stack, 'Deployment', 'shop-catalog');
    await stack.spec(catalog({}));
    await eventually(
      'it is gone',
      async () => (await stack.child('Deployment', second.metadata.name)) === undefined,
    );
    const zero = (await weightsSince(settings)).find(({ weight }) => weight === 0);
    const life = await made.cluster.since(second);
    const draining = life.find(({ metadata }) => metadata.annotations?.['ecommercestack.io/draining-since']);
    const gone = life.find(({ isDeleted }) => isDeleted);
    assert.ok(zero && draining && gone, 'all three happened');
    const order = [zero.at, Number(draining.metadata.resourceVersion), Number(gone.metadata.resourceVersion)];
    assert.deepEqual(
      order,
      order.toSorted((a, b) => a - b),
    );
    const since = Date.parse(draining.metadata.annotations?.['ecommercestack.io/draining-since'] ?? '');
    assert.ok(Date.now() - since >= 30_000, 'what was sent to it had the time to end');
    assert.ok(
      life.every((version) => version.isDeleted || fieldOf(version, 'spec.replicas') === 2),
      'its pods were there to the end',
    );
    assert.equal(
      (await one(stack, 'Deployment', 'shop-catalog')).metadata.generation,
      first.metadata.generation,
    );
    for (const kind of ['Service', 'Resiliency', 'Configuration'])
      assert.equal(await stack.child(kind, 'shop-catalog-canary'), undefined, kind);
  });

  test('is promoted: what was first runs its image, all of it, before it gives anything away', async () => {
    const stack = shop(3);
    await serving(stack, 50);
    const settings = await one(stack, 'ConfigMap', 'shop-settings');
    const first = await one(stack, 'Deployment', 'shop-catalog');
    await stack.spec(catalog({}, '2'));
    await eventually(
      'nothing goes to the second any more',
      async () => (weightIn(await stack.settings()) ?? 0) === 0,
    );
    const whole = (await made.cluster.since(first)).find(
      (version) =>
        fieldOf(version, IMAGE) === 'ecommercestack/catalog:2' &&
        fieldOf(version, 'status.observedGeneration') === version.metadata.generation &&
        fieldOf(version, 'status.updatedReplicas') === 2 &&
        fieldOf(version, 'status.availableReplicas') === 2,
    );
    const moved = (await weightsSince(settings)).find(({ weight }) => weight === 0);
    assert.ok(whole && moved);
    assert.ok(moved.at > Number(whole.metadata.resourceVersion), 'it was whole first');
    await eventually(
      'the second is gone',
      async () => (await stack.child('Deployment', 'shop-catalog-canary')) === undefined,
    );
    await stack.until('Ready', 'True');
  });

  test('whose promotion hangs keeps its share', async () => {
    const stack = shop(4);
    await serving(stack, 50);
    await stack.spec({ version: '1', services: [{ name: 'catalog', image: 'own/never-ready:2' }] });
    await eventually('the first one hangs', async () => {
      const now = await stack.child('Deployment', 'shop-catalog');
      return fieldOf(now, IMAGE) === 'own/never-ready:2' && fieldOf(now, 'status.updatedReplicas') === 1;
    });
    await stack.until('Ready', 'False');
    // Reconciles on account of other things change nothing about it.
    await made.restart();
    assert.equal(weightIn(await stack.settings()), 50);
    assert.equal(fieldOf(await stack.child('Deployment', 'shop-catalog-canary'), 'status.readyReplicas'), 2);
    await stack.spec(catalog({}, '2'));
    await eventually('it has taken over', async () => (weightIn(await stack.settings()) ?? 0) === 0);
  });
});
