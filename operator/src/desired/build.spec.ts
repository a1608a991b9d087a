import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { settings, stackSpec } from '@ecommercestack/contracts';
import { build, find } from '../spec/build.ts';
import type { Deployment, KubeObject } from './model.ts';
import { resolveServices } from './resolve.ts';

const deploymentOf = (objects: readonly KubeObject[], name: string) =>
  find(objects, `Deployment/${name}`) as Deployment;
const podOf = (objects: readonly KubeObject[], name: string) => deploymentOf(objects, name).spec.template;
const variablesOf = (objects: readonly KubeObject[], name: string) => {
  const [{ env }] = podOf(objects, name).spec.containers;
  return new Map(
    (env as readonly { name: string; value?: string; valueFrom?: unknown }[]).map((one) => [
      one.name,
      one.value ?? one.valueFrom,
    ]),
  );
};
const kinds = (objects: readonly KubeObject[], service: string) =>
  objects
    .filter(({ metadata }) => metadata.labels['app.kubernetes.io/name'] === service)
    .map(({ kind, metadata }) => `${kind}/${metadata.name}`)
    .toSorted();

const standard = build({ version: '1.0.0' });

describe('a two-line stack', () => {
  test('runs six services, each with all that belongs to it', () => {
    assert.equal(standard.filter(({ kind }) => kind === 'Deployment').length, 6);
    assert.deepEqual(kinds(standard, 'payment'), [
      'Configuration/shop-payment',
      'Deployment/shop-payment',
      'NetworkPolicy/shop-payment',
      'PodDisruptionBudget/shop-payment',
      'Resiliency/shop-payment',
      'Service/shop-payment',
      'ServiceAccount/shop-payment',
      'Subscription/shop-payment-dead-letters',
      'Subscription/shop-payment-payment-commands',
    ]);
  });

  test('belongs to its resource, which takes it along when it goes', () => {
    for (const { metadata } of standard) {
      assert.deepEqual(
        metadata.ownerReferences?.map(({ uid, controller }) => [uid, controller]),
        [['uid-1', true]],
      );
    }
  });

  test('has pods that the restricted standard lets in', () => {
    const { spec } = podOf(standard, 'shop-order');
    assert.deepEqual(spec['securityContext'], {
      runAsNonRoot: true,
      seccompProfile: { type: 'RuntimeDefault' },
    });
    assert.deepEqual(spec.containers[0]['securityContext'], {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    });
  });

  test('lets a pod that stops answer longer than callers remember its address, and then end', () => {
    const { spec, metadata } = podOf(standard, 'shop-order');
    assert.deepEqual(spec.containers[0]['lifecycle'], { preStop: { sleep: { seconds: 20 } } });
    assert.equal(spec['terminationGracePeriodSeconds'], 60);
    // The sidecar is told with it: it reads no more messages, and carries calls for as long.
    assert.equal(metadata.annotations['dapr.io/enable-native-sidecar'], 'false');
    assert.equal(metadata.annotations['dapr.io/block-shutdown-duration'], '30s');
  });

  test('keeps both where the stack says something else about pods', () => {
    const { spec } = podOf(
      build({ version: '1', defaults: { pod: { annotations: { a: 'b' } } } }),
      'shop-order',
    );
    assert.deepEqual(spec.containers[0]['lifecycle'], { preStop: { sleep: { seconds: 20 } } });
    assert.equal((spec['topologySpreadConstraints'] as unknown[]).length, 2);
  });

  test('spreads pods over zones and nodes, those of one version among themselves', () => {
    const spread = podOf(standard, 'shop-order').spec['topologySpreadConstraints'] as readonly {
      topologyKey: string;
      labelSelector: { matchLabels: object };
    }[];
    assert.deepEqual(
      spread.map(({ topologyKey }) => topologyKey),
      ['topology.kubernetes.io/zone', 'kubernetes.io/hostname'],
    );
    assert.deepEqual(spread[0]?.labelSelector.matchLabels, {
      'app.kubernetes.io/instance': 'shop',
      'app.kubernetes.io/name': 'order',
      'ecommercestack.io/track': 'stable',
    });
  });

  test('finds stores by secret, never by value', () => {
    assert.deepEqual(variablesOf(standard, 'shop-payment').get('DATABASE_URL'), {
      secretKeyRef: { name: 'postgres', key: 'payment' },
    });
    assert.deepEqual(variablesOf(standard, 'shop-gateway').get('JWKS_URL'), {
      secretKeyRef: { name: 'tokens', key: 'jwksUrl' },
    });
    assert.equal(variablesOf(standard, 'shop-notification').get('CHANNEL_EMAIL'), undefined);
  });

  test('keeps its catalog in PostgreSQL, each replica with a cache of its own', () => {
    const names = ['catalog', 'gateway'].flatMap((name) => [...variablesOf(standard, `shop-${name}`).keys()]);
    const others = ['PRODUCT_STORE', 'MONGODB_URL', 'SEARCH_INDEX', 'ELASTICSEARCH_URL', 'SHARED_CACHE'];
    assert.deepEqual(
      names.filter((name) => others.includes(name)),
      [],
    );
  });

  test('mounts the settings file that the contracts describe', () => {
    const { data } = find(standard, 'ConfigMap/shop-settings') as unknown as { data: Record<string, string> };
    assert.equal(settings.parse(JSON.parse(data['settings.json'] ?? '')).services.order.version, '1.0.0');
    assert.equal(
      variablesOf(standard, 'shop-order').get('SETTINGS_FILE'),
      '/etc/ecommercestack/settings.json',
    );
  });

  test('lets only callers reach a sidecar', () => {
    const policy = JSON.stringify(find(standard, 'NetworkPolicy/shop-catalog')['spec']);
    assert.ok(
      policy.includes('"app.kubernetes.io/name":"gateway"') &&
        policy.includes('"app.kubernetes.io/name":"order"'),
    );
    assert.ok(!policy.includes('payment'));
  });
});

describe('a catalog at scale', () => {
  const data = {
    mongodb: { secretName: 'products' },
    elasticsearch: { secretName: 'search' },
    cache: { secretName: 'redis' },
  };
  const scaled = build({ version: '1', data });
  const url = (name: string) => ({ secretKeyRef: { name, key: 'url' } });

  test('finds each of its stores by secret, and the gateway what the replicas tell each other', () => {
    const catalog = variablesOf(scaled, 'shop-catalog');
    assert.deepEqual(
      ['PRODUCT_STORE', 'SEARCH_INDEX', 'SHARED_CACHE'].map((name) => catalog.get(name)),
      ['mongodb', 'elasticsearch', 'redis'],
    );
    assert.deepEqual(
      ['MONGODB_URL', 'ELASTICSEARCH_URL', 'REDIS_URL'].map((name) => catalog.get(name)),
      [url('products'), url('search'), url('redis')],
    );
    const gateway = variablesOf(scaled, 'shop-gateway');
    assert.deepEqual(
      [gateway.get('SHARED_CACHE'), gateway.get('REDIS_URL'), gateway.get('CACHE_NAMESPACE')],
      ['redis', url('redis'), catalog.get('CACHE_NAMESPACE')],
    );
    assert.equal(gateway.get('MONGODB_URL'), undefined);
    assert.equal(variablesOf(scaled, 'shop-order').get('REDIS_URL'), undefined);
  });

  test('uses the names that the configuration of each service has', () => {
    for (const service of ['catalog', 'gateway']) {
      const usual = variablesOf(standard, `shop-${service}`);
      const added = [...variablesOf(scaled, `shop-${service}`).keys()].filter((name) => !usual.has(name));
      const file = `../../../services/${service}/src/config.ts`;
      const config = readFileSync(path.join(import.meta.dirname, file), 'utf8');
      assert.deepEqual(
        added.filter((name) => !new RegExp(`^ {2}${name}:`, 'm').test(config)),
        [],
      );
      assert.equal(added.length, service === 'catalog' ? 8 : 3);
    }
  });

  test('shares its servers with other shops, of whatever names', () => {
    const shareOf = (name: string, namespace: string) => {
      const variables = variablesOf(
        build({ version: '1', data }, { stack: { name, namespace, uid: 'u' } }),
        `${name}-catalog`,
      );
      assert.equal(variables.get('CACHE_NAMESPACE'), variables.get('ELASTICSEARCH_PREFIX'));
      return variables.get('CACHE_NAMESPACE');
    };
    const shares = [shareOf('a-b', 'c'), shareOf('b', 'c-a'), shareOf('a-b', 'd')];
    assert.equal(new Set(shares).size, shares.length);
    assert.match(String(shareOf('s'.repeat(43), 'n'.repeat(63))), /^[a-z0-9][a-z0-9-]{0,62}$/);
  });
});

describe('who decides the number of pods', () => {
  const scaled = build({
    version: '1',
    services: [
      { name: 'order', replicas: 4 },
      { name: 'catalog', autoscale: { max: 9, cpuPercent: 70 } },
      {
        name: 'payment',
        keda: { min: 0, max: 5, triggers: [{ name: 'lag', type: 'kafka', metadata: { topic: 'a' } }] },
      },
    ],
  });

  test('a fixed number is part of the Deployment', () =>
    assert.equal(deploymentOf(scaled, 'shop-order').spec.replicas, 4));

  for (const [service, key] of [
    ['catalog', 'HorizontalPodAutoscaler/shop-catalog'],
    ['payment', 'ScaledObject/shop-payment'],
  ] as const) {
    test(`${key} leaves the number out of the Deployment`, () => {
      assert.ok(!('replicas' in deploymentOf(scaled, `shop-${service}`).spec));
      assert.ok(find(scaled, key));
    });
  }

  for (const [floor, min] of [
    [undefined, 2],
    [5, 5],
    [50, 9],
  ] as const) {
    test(`a floor of ${floor} makes the least ${min}`, () => {
      const spec = stackSpec.parse({
        version: '1',
        services: [{ name: 'catalog', autoscale: { max: 9, cpuPercent: 70 } }],
      });
      const decisions = resolveServices(spec).map((service) => ({ service, floor, second: undefined }));
      const { minReplicas } = find(
        build({ version: '1' }, { spec, decisions }),
        'HorizontalPodAutoscaler/shop-catalog',
      )['spec'] as {
        minReplicas: number;
      };
      assert.equal(minReplicas, min);
    });
  }
});

describe('a second version', () => {
  const split = build({
    version: '1',
    services: [
      { name: 'catalog', canary: { version: '2', weight: 5, replicas: 3 } },
      { name: 'order', autoscale: { max: 9, cpuPercent: 70 }, blueGreen: { preview: { version: '2' } } },
    ],
  });

  test('is a Deployment beside the first, with an app-id of its own', () => {
    const { metadata, spec } = podOf(split, 'shop-catalog-canary');
    assert.equal(metadata.annotations['dapr.io/app-id'], 'catalog-canary');
    assert.equal(spec.containers[0].image, 'ecommercestack/catalog:2');
    assert.equal(deploymentOf(split, 'shop-catalog-canary').spec.replicas, 3);
    assert.equal(variablesOf(split, 'shop-catalog-canary').get('VARIANT'), 'canary');
  });

  test('leaves the first as it is', () => {
    assert.deepEqual(
      deploymentOf(split, 'shop-catalog'),
      deploymentOf(build({ version: '1' }), 'shop-catalog'),
    );
  });

  test('as a preview, is scaled as the first is', () => {
    assert.ok(find(split, 'HorizontalPodAutoscaler/shop-order-canary'));
    assert.ok(!('replicas' in deploymentOf(split, 'shop-order-canary').spec));
  });

  test('is the first one, once it is named so', () => {
    const promoted = build({
      version: '1',
      services: [{ name: 'catalog', version: '2', canary: { version: '2', weight: 5 } }],
    });
    assert.equal(podOf(promoted, 'shop-catalog').spec.containers[0].image, 'ecommercestack/catalog:2');
    assert.ok(!promoted.some(({ metadata }) => metadata.name === 'shop-catalog-canary'));
  });
});

describe('the way in', () => {
  const canary = { version: '2', weight: 5, headers: [{ name: 'x-beta', value: '1' }] };
  const routed = { hostnames: ['shop.example'], parentRefs: [{ name: 'public', namespace: 'edge' }] };

  test('a route shares the calls of the gateway by weight, and by header', () => {
    const route = find(
      build({ version: '1', ingress: routed, services: [{ name: 'gateway', canary }] }),
      'HTTPRoute/shop-gateway',
    );
    assert.deepEqual((route['spec'] as { rules: unknown }).rules, [
      {
        matches: [{ headers: [{ type: 'Exact', name: 'x-beta', value: '1' }] }],
        backendRefs: [{ name: 'shop-gateway-canary', port: 8080, weight: 100 }],
      },
      {
        backendRefs: [
          { name: 'shop-gateway', port: 8080, weight: 95 },
          { name: 'shop-gateway-canary', port: 8080, weight: 5 },
        ],
      },
    ]);
  });

  test('without the Gateway API, one Service leads to the pods of both', () => {
    const ingress = { hostnames: ['shop.example'], className: 'nginx' };
    const objects = build({
      version: '1',
      ingress,
      services: [{ name: 'gateway', canary: { version: '2', weight: 5 } }],
    });
    const { selector } = find(objects, 'Service/shop-gateway')['spec'] as { selector: object };
    assert.ok(!('ecommercestack.io/track' in selector));
    assert.ok(find(objects, 'Ingress/shop-gateway'));
  });
});

describe('what a cluster lacks is left out', () => {
  test('nothing of an extension that is not there', () => {
    const objects = build(
      { version: '1', ingress: { hostnames: ['a.example'], parentRefs: [{ name: 'p' }] } },
      { extensions: new Set() },
    );
    const groups = new Set(objects.map(({ apiVersion }) => apiVersion.replace(/\/.*/, '')));
    assert.deepEqual([...groups].toSorted(), ['apps', 'networking.k8s.io', 'policy', 'v1']);
  });
});

describe('a restart', () => {
  const annotation = (objects: readonly KubeObject[], service: string, name: string) =>
    podOf(objects, `shop-${service}`).metadata.annotations[`ecommercestack.io/${name}`];

  test('happens to those who read what has changed, and to nobody else', () => {
    const one = build({ version: '1' }, { revisions: new Map([['Secret/payment-provider', 'a']]) });
    const other = build({ version: '1' }, { revisions: new Map([['Secret/payment-provider', 'b']]) });
    assert.notEqual(
      annotation(one, 'payment', 'configuration'),
      annotation(other, 'payment', 'configuration'),
    );
    assert.deepEqual(podOf(one, 'shop-order'), podOf(other, 'shop-order'));
  });

  test('takes new policies along where sidecars do not reload', () => {
    const breaker = {
      version: '1',
      services: [{ name: 'catalog' as const, circuitBreaker: { failureThreshold: 2 } }],
    };
    const [before, after] = [
      build({ version: '1' }, { hotReload: false }),
      build(breaker, { hotReload: false }),
    ];
    assert.notEqual(annotation(before, 'order', 'policies'), annotation(after, 'order', 'policies'));
    assert.equal(annotation(before, 'payment', 'policies'), annotation(after, 'payment', 'policies'));
    assert.equal(annotation(build(breaker), 'order', 'policies'), undefined);
  });
});

test('a tag that is no label becomes one', () => {
  const { metadata, spec } = podOf(build({ version: '_1.0-rc.' }), 'shop-order');
  assert.equal(metadata.labels['app.kubernetes.io/version'], '1.0-rc');
  assert.equal(spec.containers[0].image, 'ecommercestack/order:_1.0-rc.');
});

test('a service of one’s own runs beside the others, and may be called by nobody', () => {
  const objects = build({
    version: '1',
    services: [{ name: 'reviews', image: 'own/reviews:7', env: [{ name: 'A', value: 'b' }] }],
  });
  assert.equal(podOf(objects, 'shop-reviews').spec.containers[0].image, 'own/reviews:7');
  assert.equal(variablesOf(objects, 'shop-reviews').get('A'), 'b');
  assert.deepEqual(find(objects, 'Configuration/shop-reviews')['spec'], {
    accessControl: { defaultAction: 'deny', trustDomain: 'public' },
    metrics: { enabled: true, http: { increasedCardinality: false } },
  });
});

describe('an annotation for the pods of one service', () => {
  test('makes these pods anew, of both versions, and no others: the way to take up a changed Secret', () => {
    const shop = (revision: string) =>
      build({
        version: '1',
        services: [
          {
            name: 'order',
            envFrom: [{ secretRef: 'order' }],
            pod: { annotations: { 'example.org/secrets': revision } },
            canary: { version: '2', weight: 5 },
          },
        ],
      });
    const [before, after] = [shop('1'), shop('2')];
    const changed = before
      .filter((object, at) => JSON.stringify(object) !== JSON.stringify(after[at]))
      .map(({ kind, metadata }) => `${kind}/${metadata.name}`);
    assert.deepEqual(changed, ['Deployment/shop-order', 'Deployment/shop-order-canary']);
    assert.equal(podOf(after, 'shop-order').metadata.annotations['example.org/secrets'], '2');
  });
});
