import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { stackSpec, type StackSpecInput } from '@ecommercestack/contracts';
import { resolveServices } from '../desired/resolve.ts';
import { nextSettings } from '../desired/settings.ts';
import { condition, field, running, shop, weightOf, writes, type ServiceInput } from '../spec/reading.ts';
import { simulation, type Simulation } from '../spec/simulation.ts';
import type { DeploymentFacts } from './deployments.ts';
import { rolloutOf } from './rollout.ts';

const canary = (weight: number): ServiceInput => ({ name: 'catalog', canary: { version: '2', weight } });
const autoscale = { min: 2, max: 9, cpuPercent: 70 };

describe('a canary', () => {
  test('gets nothing before its pods are ready, then what is asked', () => {
    const made = running({ version: '1' });
    made.edit(shop(canary(20)));
    made.reconcile();
    assert.equal(weightOf(made), 0);
    made.settle(['shop-catalog-canary']);
    made.reconcile();
    assert.equal(weightOf(made), 0);
    made.settle();
    made.reconcile();
    assert.equal(weightOf(made), 20);
  });

  test('whose weight is edited changes the settings, and nothing else', () => {
    const made = running(shop(canary(20)));
    made.edit(shop(canary(50)));
    assert.deepEqual(writes(made.reconcile()), ['ConfigMap/shop-settings', 'nudge']);
    assert.equal(weightOf(made), 50);
  });

  test('that is another version gets nothing until that one is there', () => {
    const made = running(shop(canary(20)));
    made.edit(shop({ name: 'catalog', canary: { version: '3', weight: 20 } }));
    made.reconcile();
    assert.equal(weightOf(made), 0);
    made.converge();
    assert.equal(weightOf(made), 20);
  });

  test('that is removed gets no weight first, then time, and then goes', () => {
    const made = running(shop(canary(20)));
    made.edit(shop());
    const first = made.reconcile();
    assert.equal(weightOf(made), 0);
    assert.ok(!writes(first).some((name) => name.startsWith('delete')));
    assert.deepEqual(condition(first, 'Progressing'), ['True', 'Draining']);

    made.settle();
    assert.deepEqual(writes(made.reconcile()), ['Deployment/shop-catalog-canary'], 'the clock starts');
    made.advance(29_999);
    assert.deepEqual(writes(made.reconcile()), []);
    made.advance(1);
    assert.deepEqual(writes(made.reconcile()), [
      'ConfigMap/shop-settings',
      'nudge',
      'delete Service/shop-catalog-canary',
      'delete Deployment/shop-catalog-canary',
    ]);
  });

  test('that shares the messages reads none once it drains, and is not restarted for that', () => {
    const made = running(shop({ name: 'order', canary: { version: '2', weight: 20, consumers: 'Shared' } }));
    const template = () => JSON.stringify(field(made, 'Deployment/shop-order-canary', 'template'));
    const before = template();
    made.edit(shop());
    made.reconcile();
    assert.ok(made.live.has('Component/shop-shared-order'));
    made.reconcile();
    assert.ok(!made.live.has('Component/shop-shared-order'));
    assert.equal(template(), before);
  });

  test('that comes back while it drains is served again', () => {
    const made = running(shop(canary(20)));
    made.edit(shop());
    made.reconcile();
    made.settle();
    made.edit(shop(canary(30)));
    made.converge();
    assert.equal(weightOf(made), 30);
    const { annotations } = made.live.get('Deployment/shop-catalog-canary')?.metadata ?? {};
    assert.equal(annotations?.['ecommercestack.io/draining-since'], undefined);
  });
});

describe('a promotion', () => {
  const promoted = [
    ['with the canary removed', { name: 'catalog', version: '2' }],
    ['with the canary still there', { name: 'catalog', version: '2', canary: { version: '2', weight: 20 } }],
  ] as const;
  for (const [how, service] of promoted) {
    test(`${how} moves the weight only when the stable version is the new one, in full`, () => {
      const made = running(shop(canary(20)));
      made.edit(shop(service));
      const first = made.reconcile();
      assert.deepEqual(condition(first, 'Progressing'), ['True', 'Promoting']);
      assert.equal(weightOf(made), 20);
      made.settle(['shop-catalog']);
      made.reconcile();
      assert.equal(weightOf(made), 20, 'the new pods are not there yet');
      made.settle();
      made.reconcile();
      assert.equal(weightOf(made), 0);
      made.converge();
      assert.ok(!made.live.has('Deployment/shop-catalog-canary'));
    });
  }

  test('brings the stable version to the size of both before it takes over, and lets it shrink after', () => {
    const least = (made: Simulation) => field(made, 'HorizontalPodAutoscaler/shop-catalog', 'minReplicas');
    const made = running(
      shop({ name: 'catalog', autoscale, canary: { version: '2', weight: 60, replicas: 4 } }),
    );
    assert.equal(least(made), 2);
    made.edit(shop({ name: 'catalog', autoscale, version: '2' }));
    made.reconcile();
    assert.equal(least(made), 6);
    made.settle();
    made.reconcile();
    assert.equal(least(made), 6, 'and does not grow by what it grew');
    made.converge();
    assert.equal(least(made), 2);
  });
});

describe('a preview', () => {
  const blueGreen = (active: 'Stable' | 'Preview') =>
    shop({ name: 'catalog', replicas: 3, blueGreen: { active, preview: { version: '2' } } });

  test('is there in full before it gets anything, then gets everything at once, and gives it back at once', () => {
    const made = running(blueGreen('Stable'));
    assert.equal(weightOf(made), 0);
    assert.equal(field(made, 'Deployment/shop-catalog-canary', 'replicas'), 3);
    made.edit(blueGreen('Preview'));
    assert.deepEqual(writes(made.reconcile()), ['ConfigMap/shop-settings', 'nudge']);
    assert.equal(weightOf(made), 100);
    made.edit(blueGreen('Stable'));
    made.reconcile();
    assert.equal(weightOf(made), 0);
  });
});

describe('dependants', () => {
  const spec = (version: string): StackSpecInput => ({
    version,
    services: [{ name: 'order', dependsOn: ['catalog'] }],
  });

  test('wait for what they depend on, when they start and when they change', () => {
    const made = simulation(spec('1'));
    const first = made.reconcile();
    assert.ok(!writes(first).includes('Deployment/shop-order'));
    assert.deepEqual(condition(first, 'DependenciesReady'), ['False', 'Waiting']);
    made.settle(['shop-catalog']);
    assert.deepEqual(
      writes(made.reconcile()).filter((name) => name === 'Deployment/shop-order'),
      [],
    );
    made.settle();
    assert.deepEqual(
      writes(made.reconcile()).filter((name) => name === 'Deployment/shop-order'),
      ['Deployment/shop-order'],
    );
    made.converge();
    made.edit(spec('2'));
    assert.ok(!writes(made.reconcile()).includes('Deployment/shop-order'));
  });

  test('that run already are kept as they are, whatever happens to the others', () => {
    const made = running(spec('1'));
    made.live.delete('Deployment/shop-catalog');
    made.reconcile();
    const order = made.live.get('Deployment/shop-order');
    assert.ok(order);
    made.live.set('Deployment/shop-order', { ...order, spec: { ...(order['spec'] as object), replicas: 1 } });
    assert.deepEqual(writes(made.reconcile()), ['Deployment/shop-order']);
  });
});

describe('the number of pods changes hands', () => {
  test('to an autoscaler: somebody holds it all the time', () => {
    const made = running(shop({ name: 'order', replicas: 5 }));
    made.edit(shop({ name: 'order', autoscale }));
    assert.deepEqual(writes(made.reconcile()), [
      'hand over 5 of shop-order',
      'Deployment/shop-order',
      'HorizontalPodAutoscaler/shop-order',
    ]);
    assert.equal(field(made, 'Deployment/shop-order', 'replicas'), 5);
  });

  test('back: the autoscaler goes first', () => {
    const made = running(shop({ name: 'order', autoscale }));
    made.edit(shop({ name: 'order', replicas: 3 }));
    assert.deepEqual(writes(made.reconcile()), [
      'delete HorizontalPodAutoscaler/shop-order',
      'Deployment/shop-order',
    ]);
  });
});

describe('the state of a rollout', () => {
  const now = '2026-01-01T01:00:00.000Z';
  const image = (version: string) => `ecommercestack/catalog:${version}`;
  const facts = (version: string, changes: Partial<DeploymentFacts> = {}): DeploymentFacts => ({
    image: image(version),
    replicas: 3,
    ready: 3,
    available: 3,
    rolledOut: true,
    drainingSince: undefined,
    shared: false,
    ownsReplicas: true,
    ...changes,
  });
  const state = (input: ServiceInput, second: DeploymentFacts, weight = 0, stillRouted = false) => {
    const spec = stackSpec.parse(shop(input));
    const [service] = resolveServices(spec).filter(({ name }) => name === 'catalog');
    assert.ok(service);
    const applied = new Map([['catalog', { version: '2', weight, sticky: true }]]);
    const inForce = nextSettings(spec, applied, { inForce: undefined, last: 0 });
    const stable = facts('1');
    return rolloutOf({
      service,
      stable,
      canary: second,
      inForce,
      stillRouted,
      recordedFloor: undefined,
      now,
    });
  };
  const preview: ServiceInput = {
    name: 'catalog',
    replicas: 3,
    blueGreen: { active: 'Preview', preview: { version: '2' } },
  };
  const gone: ServiceInput = { name: 'catalog', replicas: 3 };
  const autoscaled: ServiceInput = { name: 'catalog', autoscale };
  const long = '2026-01-01T00:00:00.000Z';

  const cases: readonly (readonly [
    string,
    ReturnType<typeof state>,
    string | undefined,
    number | undefined,
  ])[] = [
    ['a canary with one pod of three', state(canary(20), facts('2', { available: 1 })), 'serving', 20],
    ['a canary without a pod', state(canary(20), facts('2', { available: 0 })), 'starting', 0],
    ['a preview with two pods of three', state(preview, facts('2', { available: 2 })), 'starting', 0],
    ['a preview with all of them', state(preview, facts('2')), 'serving', 100],
    ['a preview that loses one', state(preview, facts('2', { available: 2 }), 100), 'serving', 100],
    [
      'a canary whose pods are replaced',
      state(canary(20), facts('2', { rolledOut: false, available: 2 }), 20),
      'serving',
      20,
    ],
    ['a canary that loses all', state(canary(20), facts('2', { available: 0 }), 20), 'starting', 0],
    ['another version than had its share', state(canary(20), facts('3'), 20), 'starting', 0],
    ['one that is given up', state(autoscaled, facts('2'), 50), 'draining', 0],
    ['one that is promoted', state(autoscaled, facts('1'), 50), 'relieving', 50],
    ['a canary of another version', state(canary(20), facts('3')), 'starting', 0],
    ['one that drained long enough', state(gone, facts('2', { drainingSince: long })), undefined, undefined],
    [
      'one that was told so, but still gets calls',
      state(gone, facts('2', { drainingSince: long }), 20),
      'draining',
      0,
    ],
  ];
  for (const [name, rollout, kind, weight] of cases) {
    test(`${name}: ${kind ?? 'gone'}`, () => {
      assert.deepEqual([rollout.second?.kind, rollout.applied?.weight], [kind, weight]);
    });
  }

  const clock = [
    [
      'does not run while a caller may not know',
      state(gone, facts('2', { drainingSince: long }), 20),
      undefined,
    ],
    ['does not run while the way in may lead there', state(gone, facts('2'), 0, true), undefined],
    ['begins when nobody sends anything any more', state(gone, facts('2')), now],
  ] as const;
  for (const [name, { second }, since] of clock) {
    test(`the time to drain ${name}`, () => {
      assert.deepEqual([second?.kind, second?.kind === 'draining' && second.since], ['draining', since]);
    });
  }
});

describe('a second version of the gateway', () => {
  const ingress = { hostnames: ['shop.example'], parentRefs: [{ name: 'public' }] };
  const split = (weight: number): StackSpecInput => ({
    version: '1',
    ingress,
    services: [{ name: 'gateway', canary: { version: '2', weight } }],
  });
  const share = (made: Simulation) =>
    made.reconcile().status?.services?.find(({ name }) => name === 'gateway')?.appliedWeight;

  test('has its share once a Gateway has taken the route', () => {
    const made = running(split(20));
    made.edit(split(30));
    assert.equal(share(made), 20, 'the route is written');
    assert.equal(share(made), 20, 'and not taken');
    made.settle();
    assert.equal(share(made), 30);
  });

  test('stays while the route may lead to it', () => {
    const made = running(split(20));
    made.edit({ version: '1', ingress });
    made.reconcile();
    made.advance(60_000);
    made.reconcile();
    made.advance(60_000);
    assert.deepEqual(writes(made.reconcile()), [], 'no Gateway has taken the route');
    made.settle();
    made.converge();
    assert.ok(!made.live.has('Deployment/shop-gateway-canary'));
  });
});
