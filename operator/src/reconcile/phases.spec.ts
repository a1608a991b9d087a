import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { settings as settingsSchema, type StackSpecInput } from '@ecommercestack/contracts';
import { ALL_EXTENSIONS, simulation, type Simulation } from '../spec/simulation.ts';
import type { ConditionType } from '../crd/status.ts';
import type { Plan, World, Write } from './world.ts';

type ServiceInput = NonNullable<StackSpecInput['services']>[number];

const shop = (...services: readonly ServiceInput[]): StackSpecInput => ({
  version: '1',
  services: [...services],
});
const canary = (weight: number, fields: Partial<ServiceInput> = {}): ServiceInput => ({
  name: 'catalog',
  canary: { version: '2', weight },
  ...fields,
});
const autoscale = { min: 2, max: 9, cpuPercent: 70 };

function running(spec: StackSpecInput): Simulation {
  const made = simulation(spec);
  made.converge();
  return made;
}

const named = (write: Write): string => {
  switch (write.kind) {
    case 'apply':
      return `${write.object.kind}/${write.object.metadata.name}`;
    case 'delete':
      return `delete ${write.ref.kind}/${write.ref.name}`;
    case 'disown':
      return `disown ${write.ref.kind}/${write.ref.name}`;
    case 'handover':
      return `hand over ${write.replicas} of ${write.name}`;
    case 'annotate-pod':
      return 'nudge';
    case 'finalizer':
      return write.present ? 'finalizer' : 'no finalizer';
  }
};
const writes = (plan: Plan): readonly string[] => [...new Set(plan.writes.map(named))];
const weightOf = ({ live }: Simulation, service: 'catalog' | 'gateway' = 'catalog') => {
  const data = live.get('ConfigMap/shop-settings')?.['data'] as Record<string, string>;
  return settingsSchema.parse(JSON.parse(data['settings.json'] ?? '')).services[service].canary?.weight;
};
const condition = (plan: Plan, type: ConditionType) => {
  const found = plan.status?.conditions?.find((one) => one.type === type);
  return [found?.status, found?.reason];
};

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
    assert.deepEqual(last && condition(last, 'Ready'), ['True', 'AllReady']);
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

  test('a field that is no longer wanted goes', () => {
    const made = running(shop({ name: 'order', pod: { nodeSelector: { disk: 'fast' } } }));
    made.edit(shop({ name: 'order' }));
    assert.deepEqual(writes(made.reconcile()), [deployment]);
  });
});

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
    made.advance(29_000);
    assert.deepEqual(writes(made.reconcile()), []);
    made.advance(1_000);
    assert.deepEqual(writes(made.reconcile()), [
      'ConfigMap/shop-settings',
      'nudge',
      'delete Service/shop-catalog-canary',
      'delete Deployment/shop-catalog-canary',
    ]);
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
    const least = (made: Simulation) =>
      (made.live.get('HorizontalPodAutoscaler/shop-catalog')?.['spec'] as { minReplicas: number })
        .minReplicas;
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
    assert.equal(
      (made.live.get('Deployment/shop-catalog-canary')?.['spec'] as { replicas: number }).replicas,
      3,
    );
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
    assert.equal((made.live.get('Deployment/shop-order')?.['spec'] as { replicas: number }).replicas, 5);
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
      assert.deepEqual(plan && condition(plan, type), expected);
      assert.deepEqual(plan && condition(plan, 'Ready')[0], 'False');
      made.cluster = { ...made.cluster, extensions: ALL_EXTENSIONS };
      const last = made.converge().at(-1);
      assert.deepEqual(last && condition(last, 'Ready'), ['True', 'AllReady']);
    });
  }

  test('the broker’s Component: no subscription, and a condition', () => {
    const made = simulation({ version: '1' });
    made.pubsub = undefined;
    const plan = made.converge().at(-1);
    assert.deepEqual(plan && condition(plan, 'DaprReady'), ['False', 'PubsubMissing']);
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
