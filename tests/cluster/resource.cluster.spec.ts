import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { fieldOf, type ClusterObject } from '../src/cluster.ts';
import { startShops, type Condition, type Shops, type TestStack } from '../src/cluster-operator.ts';
import { eventually } from '../src/eventually.ts';

describe('what a stack is told and tells', () => {
  let made: Shops;
  before(async () => {
    made = await startShops(4);
  });
  after(() => made.stop());

  const shop = (at: number): TestStack => made.shops[at] as TestStack;
  /** Of what the operator may write: others tell in the status what becomes of it. */
  const contentsOf = async ({ children }: TestStack) =>
    [...(await children())].map(([key, object]) => [key, JSON.stringify(ownPart(object))]);

  async function settled(stack: TestStack, spec: object): Promise<void> {
    await stack.spec(spec);
    await stack.until('Ready', 'True');
    await stack.until('Progressing', 'False');
  }

  test('a spec that cannot work touches nothing of what runs, and says why', async () => {
    const stack = shop(0);
    await settled(stack, { version: '1' });
    const before = await contentsOf(stack);
    const bad = [
      {
        services: [
          { name: 'order', dependsOn: ['catalog'] },
          { name: 'catalog', dependsOn: ['order'] },
        ],
        says: /catalog → order → catalog wait for each other/,
      },
      {
        // Close enough to a weight of two decimals for the API server, whose numbers are not exact.
        services: [{ name: 'order', canary: { version: '3', weight: 12.340000000001 } }],
        says: /services\.\d\.canary\.weight: a weight has at most two decimals/,
      },
    ];
    for (const { says, services } of bad) {
      await stack.spec({ version: '2', services });
      assert.match((await stack.until('InvalidSpec', 'True')).message, says);
      assert.deepEqual(await contentsOf(stack), before);
    }
    await settled(stack, { version: '2' });
    await stack.until('InvalidSpec', 'False');
  });

  test('conditions keep the time of their last flip until the next one', async () => {
    const stack = shop(1);
    const first = await stack.spec({ version: '1' });
    await stack.until('Ready', 'True');
    await settled(stack, { version: '2' });
    await settled(stack, { version: '2', services: [{ name: 'order', replicas: 1 }] });
    const versions = [first, ...(await made.cluster.since(first))];
    const flips = new Map<string, number>();
    const last = new Map<string, Condition>();
    for (const version of versions) {
      for (const now of (fieldOf(version, 'status.conditions') ?? []) as readonly Condition[]) {
        const before = last.get(now.type);
        last.set(now.type, now);
        if (before === undefined) continue;
        const hasFlipped = before.status !== now.status;
        assert.equal(before.lastTransitionTime !== now.lastTransitionTime, hasFlipped, now.type);
        flips.set(now.type, (flips.get(now.type) ?? 0) + Number(hasFlipped));
      }
    }
    // It became ready once, and was not quite as asked for during each of two changes.
    assert.ok((flips.get('Ready') ?? 0) <= 1 + 2 * 2, `${flips.get('Ready')} flips`);
    assert.deepEqual(
      [...flips].filter(([type, count]) => count > 0 && !['Ready', 'Progressing'].includes(type)),
      [],
    );
    const generation = (await stack.get()).metadata.generation;
    assert.ok([...last.values()].every(({ observedGeneration }) => observedGeneration === generation));
  });

  test('paused, it is not acted upon, but what is there is told', async () => {
    const stack = shop(2);
    await settled(stack, { version: '1' });
    await stack.spec({ version: '2', paused: true });
    await stack.until('Paused', 'True');
    const order = (await stack.child('Deployment', 'shop-order')) as ClusterObject;
    await made.cluster.merge(order, { spec: { replicas: 0 } });
    const before = await contentsOf(stack);
    await eventually('the loss is told', async () => (await stack.service('order'))?.['readyReplicas'] === 0);
    await stack.until('Ready', 'False');
    assert.deepEqual(await contentsOf(stack), before);
    await settled(stack, { version: '2', paused: false });
    assert.equal(
      fieldOf(await stack.child('Deployment', 'shop-order'), 'spec.template.spec.containers.0.image'),
      'ecommercestack/order:2',
    );
  });

  test('observing, it writes nothing and tells what it would, exactly', async () => {
    const stack = shop(3);
    await settled(stack, { version: '1', services: [{ name: 'order', replicas: 3 }] });
    const wanted = { version: '2', services: [{ name: 'order', autoscale: { max: 3, cpuPercent: 70 } }] };
    const before = await stack.children();
    await stack.spec({ ...wanted, mode: 'Observe' });
    const told = await eventually('differences are told', async () => {
      const found = fieldOf(await stack.get(), 'status.differences');
      const list = (found ?? []) as readonly { object: string; path?: string }[];
      return list.length > 0 && list.map(({ object, path = '' }) => `${object} ${path}`);
    });
    const contents = [...before].map(([key, object]) => [key, JSON.stringify(ownPart(object))]);
    assert.deepEqual(await contentsOf(stack), contents);
    await settled(stack, { ...wanted, mode: 'Enforce' });
    const after = await stack.children();
    const happened = [...after].flatMap(([key, object]) => {
      const then = before.get(key);
      if (then === undefined) return [`${key} `];
      return changes(ownPart(then), ownPart(object), '').map((path) => `${key} ${path}`);
    });
    assert.deepEqual(told.toSorted(), happened.toSorted());
    assert.equal(fieldOf(await stack.get(), 'status.differences'), undefined);
  });
});

function ownPart({ metadata, ...body }: ClusterObject): object {
  const { labels, annotations } = metadata;
  const ours = Object.entries(annotations ?? {}).filter(
    ([name]) => name !== 'ecommercestack.io/applied' && !name.startsWith('deployment.kubernetes.io/'),
  );
  return { ...body, status: undefined, metadata: { labels, annotations: Object.fromEntries(ours) } };
}

/** Paths of all leaves that differ. */
function changes(one: unknown, other: unknown, path: string): readonly string[] {
  const isNode = (value: unknown): value is object => typeof value === 'object' && value !== null;
  if (!isNode(one) || !isNode(other)) return one === other ? [] : [path];
  return [...new Set([...Object.keys(one), ...Object.keys(other)])].flatMap((name) =>
    changes(Reflect.get(one, name), Reflect.get(other, name), path === '' ? name : `${path}.${name}`),
  );
}
