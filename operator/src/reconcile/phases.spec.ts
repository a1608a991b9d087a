import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { StackSpecInput } from '@ecommercestack/contracts';
import type { ConditionType } from '../crd/status.ts';
import { ANNOTATIONS } from '../desired/names.ts';
import { condition, running, shop, writes } from '../spec/reading.ts';
import { ALL_EXTENSIONS, simulation } from '../spec/simulation.ts';
import type { World } from './world.ts';

describe('a stack that is new', () => {
  test('gets what others need first, then the rest, and is ready when its pods are', () => {
    const made = simulation({ version: '1' });
    const first = made.reconcile();
    const order = writes(first).map((name) => name.split('/')[0]);
    assert.deepEqual(
      [...new Set(order)],
      [
        'finalizer',
        'ServiceAccount',
        'ConfigMap',
        'Configuration',
        'Resiliency',
        'NetworkPolicy',
        'Service',
        'Deployment',
        'PodDisruptionBudget',
        'Subscription',
        'ServiceMonitor',
      ],
    );
    assert.deepEqual(condition(first, 'Ready'), ['False', 'ServicesNotReady']);
    const last = made.converge().at(-1);
    assert.deepEqual(condition(last, 'Ready'), ['True', 'AllReady']);
    assert.equal(last?.status?.summary?.services, '6/6');
  });
});

describe('what is ours', () => {
  const deployment = 'Deployment/shop-order';

  test('comes back when it is deleted', () => {
    const made = running({ version: '1' });
    made.live.delete(deployment);
    assert.deepEqual(writes(made.reconcile()), [deployment]);
  });

  const edits: readonly (readonly [
    string,
    (object: Record<string, unknown>) => object,
    readonly string[],
  ])[] = [
    [
      'a field of ours that was edited is put back',
      (object) => ({ ...object, spec: { ...(object['spec'] as object), replicas: 1 } }),
      [deployment],
    ],
    [
      'a field that is not ours stays',
      (object) => ({ ...object, spec: { ...(object['spec'] as object), minReadySeconds: 9 } }),
      [],
    ],
    [
      'a label and an annotation that are not ours stay',
      (object) => {
        const { labels, annotations, ...rest } = object['metadata'] as {
          labels: object;
          annotations: object;
        };
        return {
          ...object,
          metadata: { ...rest, labels: { ...labels, team: 'a' }, annotations: { ...annotations, note: 'b' } },
        };
      },
      [],
    ],
  ];
  for (const [name, edit, expected] of edits) {
    test(name, () => {
      const made = running({ version: '1' });
      const object = made.live.get(deployment);
      assert.ok(object);
      made.live.set(deployment, edit(object) as typeof object);
      assert.deepEqual(writes(made.reconcile()), expected);
    });
  }

  test('what others made stays, though it has our labels', () => {
    const made = running({ version: '1' });
    const object = made.live.get(deployment);
    assert.ok(object);
    const metadata = {
      ...object.metadata,
      name: 'keda-hpa-shop-order',
      ownerReferences: [{ uid: 'of-a-scaled-object' }],
    };
    made.live.set('HorizontalPodAutoscaler/keda-hpa-shop-order', {
      apiVersion: 'autoscaling/v2',
      kind: 'HorizontalPodAutoscaler',
      metadata,
    });
    assert.deepEqual(writes(made.reconcile()), []);
  });

  test('a field that is no longer wanted goes', () => {
    const made = running(shop({ name: 'order', pod: { nodeSelector: { disk: 'fast' } } }));
    made.edit(shop({ name: 'order' }));
    assert.deepEqual(writes(made.reconcile()), [deployment]);
  });
});

describe('policies', () => {
  const breaker = (failureThreshold: number): StackSpecInput =>
    shop({ name: 'catalog', circuitBreaker: { failureThreshold } });

  test('reach one caller after the other', () => {
    const made = running(breaker(5));
    made.edit(breaker(2));
    const first = made.reconcile();
    assert.deepEqual(writes(first), ['Resiliency/shop-gateway']);
    assert.equal(first.requeueAfterMs, 5_000);
    assert.equal(first.status?.summary?.breakers, '4/5');
    made.advance(4_999);
    assert.deepEqual(writes(made.reconcile()), []);
    made.advance(1);
    assert.deepEqual(writes(made.reconcile()), ['Resiliency/shop-order']);
    assert.equal(made.converge().at(-1)?.status?.summary?.breakers, 'InForce');
  });

  test('of an operator that knows others reach one service after the other, of both kinds', () => {
    const made = running(breaker(5));
    const changed = [
      'Configuration/shop-order',
      'Configuration/shop-payment',
      'Resiliency/shop-gateway',
    ] as const;
    for (const key of changed) {
      const before = made.live.get(key);
      assert.ok(before);
      const annotations = { ...before.metadata.annotations, [ANNOTATIONS.policies]: 'of-another-version' };
      made.live.set(key, { ...before, metadata: { ...before.metadata, annotations } });
    }
    const written = changed.map(() => {
      const each = writes(made.reconcile());
      made.advance(5_000);
      return each;
    });
    assert.deepEqual(
      written.map((each) => each.length),
      [1, 1, 1],
    );
    assert.deepEqual(written.flat().toSorted(), [...changed]);
    assert.deepEqual(writes(made.reconcile()), []);
  });

  for (const daprVersion of ['1.17.9', '1.18.1', undefined]) {
    test(`come with a restart of the callers on Dapr ${daprVersion}`, () => {
      const made = simulation(breaker(5));
      made.cluster = { ...made.cluster, daprVersion };
      made.converge();
      made.edit(breaker(2));
      assert.deepEqual(
        writes(made.reconcile()),
        [
          'Resiliency/shop-order',
          'Resiliency/shop-gateway',
          'Deployment/shop-order',
          'Deployment/shop-gateway',
        ].toSorted((one, other) => writesOrder(one) - writesOrder(other)),
      );
    });
  }
});

/** Callers in the order of the services, policies before pods. */
const writesOrder = (name: string): number =>
  (name.startsWith('Deployment') ? 2 : 0) + (name.endsWith('gateway') ? 0 : 1);

describe('nothing is written', () => {
  const cases: readonly (readonly [
    string,
    Partial<World> | undefined,
    StackSpecInput | object,
    ConditionType,
    readonly string[],
  ])[] = [
    ['while paused', undefined, { version: '2', paused: true }, 'Paused', ['True', 'Paused']],
    [
      'for services that wait for each other',
      undefined,
      shop({ name: 'order', dependsOn: ['catalog'] }, { name: 'catalog', dependsOn: ['order'] }),
      'InvalidSpec',
      ['True', 'DependencyCycle'],
    ],
    [
      'for a duration that does not parse',
      undefined,
      shop({ name: 'order', timeout: 'soon' }),
      'InvalidSpec',
      ['True', 'InvalidSpec'],
    ],
    [
      'in a namespace that another stack has',
      { stacksHere: ['first', 'shop'] },
      { version: '2' },
      'Conflict',
      ['True', 'NamespaceTaken'],
    ],
  ];
  for (const [name, overrides, spec, type, expected] of cases) {
    test(name, () => {
      const made = running({ version: '1' });
      const before = JSON.stringify([...made.live]);
      made.edit(spec);
      made.overrides = overrides ?? {};
      const plan = made.reconcile();
      assert.deepEqual(plan.writes, []);
      assert.deepEqual(condition(plan, type), expected);
      assert.equal(plan.status?.observedGeneration, 2);
      assert.equal(JSON.stringify([...made.live]), before);
    });
  }

  test('while it observes, but everything that would be is told', () => {
    const made = running({ version: '1' });
    made.edit({ version: '2', mode: 'Observe', services: [{ name: 'order', replicas: 4 }] });
    const plan = made.reconcile();
    assert.deepEqual(plan.writes, []);
    const told = plan.status?.differences?.filter(({ object }) => object === 'Deployment/shop-order');
    assert.deepEqual(
      told?.find(({ path }) => path === 'spec.replicas'),
      { object: 'Deployment/shop-order', path: 'spec.replicas', is: '2', wanted: '4' },
    );
    assert.ok(plan.withheld.length > 0);
  });
});

describe('an extension that is missing', () => {
  const without = (extension: string) => new Set([...ALL_EXTENSIONS].filter((one) => one !== extension));
  const cases: readonly (readonly [string, ConditionType, readonly string[], StackSpecInput])[] = [
    ['dapr', 'DaprReady', ['False', 'DaprMissing'], { version: '1' }],
    [
      'gateway-api',
      'GatewayReady',
      ['False', 'GatewayApiMissing'],
      { version: '1', ingress: { hostnames: ['a.example'], parentRefs: [{ name: 'p' }] } },
    ],
    [
      'keda',
      'Degraded',
      ['True', 'KedaMissing'],
      shop({ name: 'order', keda: { max: 3, triggers: [{ name: 'a', type: 'cpu', metadata: {} }] } }),
    ],
  ];
  for (const [extension, type, expected, spec] of cases) {
    test(`${extension}: is said, and picked up when it comes`, () => {
      const made = simulation(spec);
      made.cluster = { ...made.cluster, extensions: without(extension) };
      const plan = made.converge().at(-1);
      assert.deepEqual(condition(plan, type), expected);
      assert.deepEqual(condition(plan, 'Ready')[0], 'False');
      made.cluster = { ...made.cluster, extensions: ALL_EXTENSIONS };
      const last = made.converge().at(-1);
      assert.deepEqual(condition(last, 'Ready'), ['True', 'AllReady']);
    });
  }

  test('an extension that is being installed again: what is left of it stays', () => {
    const made = running({ version: '1' });
    made.cluster = { ...made.cluster, extensions: without('dapr') };
    assert.ok(made.live.has('Configuration/shop-order'));
    assert.ok(!writes(made.reconcile()).some((name) => name.startsWith('delete')));
  });

  test('the broker’s Component: no subscription, and a condition', () => {
    const made = simulation({ version: '1' });
    made.pubsub = undefined;
    const plan = made.converge().at(-1);
    assert.deepEqual(condition(plan, 'DaprReady'), ['False', 'PubsubMissing']);
    assert.ok(![...made.live.keys()].some((key) => key.startsWith('Subscription')));
  });
});

test('a field that somebody else holds is said, and not fought for', () => {
  const made = running({ version: '1' });
  made.overrides = {
    conflicts: new Map([['Deployment/shop-order', [{ manager: 'argocd', fields: ['.spec.replicas'] }]]]),
  };
  const plan = made.reconcile();
  assert.deepEqual(condition(plan, 'Conflict'), ['True', 'FieldsHeld']);
  assert.match(JSON.stringify(plan.status?.conditions), /argocd holds \.spec\.replicas/);
  made.overrides = {};
  assert.deepEqual(condition(made.reconcile(), 'Conflict'), ['False', 'None']);
});
