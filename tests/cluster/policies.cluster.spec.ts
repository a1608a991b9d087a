import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { fieldOf, type ClusterObject } from '../src/cluster.ts';
import { startShops, type Shops, type TestStack } from '../src/cluster-operator.ts';
import { eventually } from '../src/eventually.ts';

const STAGGER_MS = 3_000;
const CHANGED_AT = 'ecommercestack.io/changed-at';

describe('between services', () => {
  let made: Shops;
  before(async () => {
    made = await startShops(2);
  });
  after(() => made.stop());

  const versionsOf = async ({ children }: TestStack) =>
    new Map([...(await children())].map(([key, { metadata }]) => [key, metadata.resourceVersion]));
  const trip = (object: ClusterObject | undefined, callee: string) =>
    fieldOf(object, `spec.policies.circuitBreakers.${callee}.trip`);

  test('a changed breaker reaches those who call the service, one after the other, and restarts nobody', async () => {
    const [stack] = made.shops as [TestStack];
    const spec = (failureThreshold: number) => ({
      version: '1',
      dapr: { reloadStagger: `${STAGGER_MS / 1_000}s` },
      services: [{ name: 'catalog', circuitBreaker: { failureThreshold } }],
    });
    await stack.spec(spec(5));
    await stack.until('Ready', 'True');
    await stack.until('Progressing', 'False');
    const before = await stack.children();
    const versions = await versionsOf(stack);
    const callers = [...before]
      .filter(([, object]) => trip(object, 'catalog') !== undefined)
      .map(([key]) => key);
    assert.deepEqual(callers.toSorted(), ['Resiliency/shop-gateway', 'Resiliency/shop-order']);

    await stack.spec(spec(9));
    await eventually('all callers know', async () => {
      const now = await stack.children();
      return callers.every((key) => trip(now.get(key), 'catalog') === 'consecutiveFailures >= 9');
    });
    await stack.until('Progressing', 'False');
    const now = await versionsOf(stack);
    const changed = [...now].filter(([key, version]) => versions.get(key) !== version).map(([key]) => key);
    assert.deepEqual(changed.toSorted(), callers.toSorted());
    const times = [];
    for (const key of callers) {
      const { metadata } = (await stack.children()).get(key) as ClusterObject;
      times.push(Date.parse(metadata.annotations?.[CHANGED_AT] ?? ''));
    }
    const [first = 0, second = 0] = times.toSorted((one, other) => one - other);
    assert.ok(second - first >= STAGGER_MS, `${second - first} ms lay between`);
    const breaker = (await stack.service('catalog'))?.['circuitBreaker'];
    assert.equal(fieldOf(breaker, 'failureThreshold'), 9);
  });

  test('whoever waits for another one is made once that is there', async () => {
    const stack = made.shops[1] as TestStack;
    const services = (image: string) => [
      { name: 'catalog', image },
      { name: 'order', dependsOn: ['catalog'] },
    ];
    await stack.spec({ version: '1', services: services('own/never-ready:1') });
    const { message } = await stack.until('DependenciesReady', 'False', 'Waiting');
    assert.match(message, /order/);
    await eventually('the others are there', () => stack.child('Deployment', 'shop-payment'));
    await eventually(
      'what is waited for is on its way',
      async () => fieldOf(await stack.child('Deployment', 'shop-catalog'), 'status.replicas') === 2,
    );
    assert.equal(await stack.child('Deployment', 'shop-order'), undefined);
    await stack.spec({ version: '1', services: services('own/catalog:1') });
    await stack.until('DependenciesReady', 'True');
    await stack.until('Ready', 'True');
    // What already runs goes on, whatever becomes of what it once waited for.
    const order = (await stack.child('Deployment', 'shop-order')) as ClusterObject;
    await stack.spec({ version: '1', services: services('own/never-ready:2') });
    await stack.until('Ready', 'False');
    assert.equal((await stack.child('Deployment', 'shop-order'))?.metadata.uid, order.metadata.uid);
  });
});
