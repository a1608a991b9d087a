import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import type { Manifest } from '@ecommercestack/local/cluster';
import { rendered } from './helm.ts';

function find(manifests: readonly Manifest[], kind: string, name?: string): Manifest {
  const found = manifests.find(
    (one) => one.kind === kind && (name === undefined || one.metadata.name === name),
  );
  assert.ok(found, `there is no ${kind} ${name ?? ''}`);
  return found;
}

/** What lies at a path such as `spec.template.spec.containers.0.image`; undefined where there is nothing. */
function fieldOf(object: unknown, path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>(
      (value, name) => (typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined),
      object,
    );
}

const kinds = (manifests: readonly Manifest[]) => [...new Set(manifests.map(({ kind }) => kind))].toSorted();

void describe('the chart of the operator', () => {
  let usual: readonly Manifest[];
  before(async () => void (usual = await rendered('operator')));

  it('keeps the definition when it is uninstalled, unless told otherwise', async () => {
    const kept = 'metadata.annotations';
    assert.deepEqual(fieldOf(find(usual, 'CustomResourceDefinition'), kept), {
      'helm.sh/resource-policy': 'keep',
    });
    const going = await rendered('operator', '--set', 'crds.keep=false');
    assert.equal(fieldOf(find(going, 'CustomResourceDefinition'), kept), undefined);
  });

  it('asks for nothing of the cluster when it watches namespaces of its own', async () => {
    const few = await rendered('operator', '--set', 'watchNamespaces={a,b}', '--set', 'crds.enabled=false');
    assert.deepEqual(
      kinds(few).filter((kind) => kind.startsWith('Cluster')),
      [],
    );
    const roles = few.filter(({ kind }) => kind === 'Role').map(({ metadata }) => metadata.namespace);
    assert.deepEqual(roles, ['a', 'b', 'shops']);
  });

  it('never names secrets in a rule, nor everything', async () => {
    for (const manifests of [usual, await rendered('operator', '--set', 'watchNamespaces={a}')]) {
      const roles = manifests.filter(({ kind }) => kind.endsWith('Role'));
      const rules = roles.flatMap(
        (role) => fieldOf(role, 'rules') as { resources: string[]; verbs: string[] }[],
      );
      assert.ok(rules.length > 0);
      for (const { resources, verbs } of rules) {
        assert.ok(!resources.includes('secrets') && !resources.includes('*'), JSON.stringify(resources));
        assert.ok(!verbs.includes('*'), JSON.stringify(verbs));
      }
    }
  });

  it('takes a digest before a tag, and the version of the chart without either', async () => {
    const image = 'spec.template.spec.containers.0.image';
    const digest = `sha256:${'0'.repeat(64)}`;
    assert.equal(fieldOf(find(usual, 'Deployment'), image), 'ecommercestack/operator:0.1.0');
    const pinned = await rendered('operator', '--set', `image.digest=${digest},image.tag=v2`);
    assert.equal(fieldOf(find(pinned, 'Deployment'), image), `ecommercestack/operator@${digest}`);
  });

  it('selects its pods everywhere by the same labels, which an upgrade does not change', async () => {
    const next = await rendered('operator', '--set', 'podLabels.tier=control', '--set', 'image.tag=v2');
    for (const [kind, path] of [
      ['Deployment', 'spec.selector.matchLabels'],
      ['PodDisruptionBudget', 'spec.selector.matchLabels'],
      ['NetworkPolicy', 'spec.podSelector.matchLabels'],
      ['Service', 'spec.selector'],
    ] as const) {
      const expected = { 'app.kubernetes.io/name': 'operator', 'app.kubernetes.io/instance': 'shop' };
      assert.deepEqual(fieldOf(find(next, kind), path), expected, kind);
    }
  });
});

void describe('the chart of a shop', () => {
  const at = (host: string) => ['--set', `components.redis.host=${host}`];

  it('gives a component what the sidecars would look for in their environment', async () => {
    const carts = find(await rendered('platform', ...at('redis.stores:6379')), 'Component', 'carts');
    const metadata = fieldOf(carts, 'spec.metadata') as readonly { readonly name: string }[];
    assert.deepEqual(
      metadata.find(({ name }) => name === 'redisHost'),
      { name: 'redisHost', value: 'redis.stores:6379' },
    );
    assert.deepEqual(
      metadata.filter((item) => 'envRef' in item),
      [],
    );
    assert.deepEqual(fieldOf(carts, 'auth'), { secretStore: 'kubernetes' });
  });

  it('asks for no password where the server has none', async () => {
    const carts = find(
      await rendered('platform', ...at('redis:6379'), '--set', 'components.redis.secretName='),
      'Component',
      'carts',
    );
    assert.doesNotMatch(JSON.stringify(carts), /secretKeyRef/);
  });

  it('carries messages by one broker, and mail only where a server is named', async () => {
    const names = async (...more: string[]) => {
      const manifests = await rendered('platform', ...at('redis:6379'), ...more);
      return manifests
        .filter(({ kind }) => kind === 'Component')
        .map((one) => `${one.metadata.name} ${String(fieldOf(one, 'spec.type'))}`)
        .toSorted();
    };
    assert.deepEqual(await names(), ['carts state.redis', 'pubsub pubsub.redis']);
    assert.deepEqual(
      await names('--set', 'broker=kafka,components.kafka.brokers=kafka:9092,components.smtp.host=mail'),
      ['carts state.redis', 'email bindings.smtp', 'pubsub pubsub.kafka'],
    );
  });

  it('makes the resource as it was written, and names a version where nobody did', async () => {
    const shop = await rendered('platform', ...at('redis:6379'), '--set', 'stack.spec.defaults.replicas=4');
    assert.deepEqual(fieldOf(find(shop, 'EcommerceStack', 'shop'), 'spec'), {
      defaults: { replicas: 4 },
      version: '0.1.0',
    });
    const named = await rendered(
      'platform',
      ...at('redis:6379'),
      '--set-string',
      'stack.spec.version=9,stack.name=tea',
    );
    assert.equal(fieldOf(find(named, 'EcommerceStack', 'tea'), 'spec.version'), '9');
  });

  it('makes no server and no secret unless asked', async () => {
    assert.deepEqual(kinds(await rendered('platform', ...at('redis:6379'))), ['Component', 'EcommerceStack']);
  });

  it('points everything at the servers that it makes', async () => {
    const manifests = await rendered('platform', '--set', 'development.enabled=true');
    const services = manifests.filter(({ kind }) => kind === 'Service').map(({ metadata }) => metadata.name);
    const text = JSON.stringify(manifests.filter(({ kind }) => ['Secret', 'Component'].includes(kind)));
    const hosts = [...text.matchAll(/(?:@|\/\/|")(shop-[a-z]+):\d+/g)].map(([, host]) => host ?? '');
    assert.ok(hosts.length >= 8, text);
    assert.deepEqual(
      hosts.filter((host) => !services.includes(host)),
      [],
    );
  });

  it('makes no Secret of a server that does not run', async () => {
    const secrets = async (...more: string[]) => {
      const manifests = await rendered('platform', '--set', 'development.enabled=true', ...more);
      return manifests.filter(({ kind }) => kind === 'Secret').map(({ metadata }) => metadata.name);
    };
    assert.deepEqual(await secrets(), ['payment-provider', 'postgres', 'redis', 'tokens']);
    assert.ok((await secrets('--set', 'development.servers.mongodb.enabled=true')).includes('mongodb'));
  });

  void describe('with products in a sharded MongoDB', () => {
    const sharded = (...more: string[]) => {
      const mongodb = 'stack.spec.data.mongodb.sharded=true,stack.spec.data.mongodb.secretName=products';
      return rendered('platform', ...at('redis:6379'), '--set', mongodb, ...more);
    };
    const image = 'spec.template.spec.containers.0.image';

    it('distributes them before the shop is made or changed, with the image of its catalog', async () => {
      const job = find(await sharded(), 'Job');
      const { annotations } = job.metadata as unknown as { annotations: Record<string, string> };
      assert.equal(annotations['helm.sh/hook'], 'pre-install,pre-upgrade');
      assert.equal(fieldOf(job, image), 'ecommercestack/catalog:0.1.0');
      assert.deepEqual(fieldOf(job, 'spec.template.spec.containers.0.env.0.valueFrom.secretKeyRef'), {
        name: 'products',
        key: 'url',
      });
    });

    it('takes the image from wherever the resource has that of the catalog', async () => {
      for (const [expected, ...values] of [
        ['r.example/shop/catalog:v2', 'stack.spec.image.registry=r.example/shop', 'stack.spec.version=v2'],
        [
          'ecommercestack/catalog:v3',
          'stack.spec.services[0].name=catalog',
          'stack.spec.services[0].version=v3',
        ],
        [
          'own/catalog:4',
          'stack.spec.services[0].name=catalog',
          'stack.spec.services[0].image=own/catalog:4',
        ],
        ['built/catalog:5', 'stack.images.catalog=built/catalog:5'],
      ] as const) {
        const job = find(await sharded('--set', values.join(',')), 'Job');
        assert.equal(fieldOf(job, image), expected);
      }
    });

    it('does nothing of the kind for a MongoDB that is not, and refuses its own server', async () => {
      const usual = await rendered(
        'platform',
        ...at('redis:6379'),
        '--set',
        'stack.spec.data.mongodb.secretName=products',
      );
      assert.ok(!kinds(usual).includes('Job'));
      const own = 'development.enabled=true,development.servers.mongodb.enabled=true';
      await assert.rejects(sharded('--set', own), { message: /is no sharded cluster/ });
      await assert.rejects(sharded('--set', 'stack.spec.data.mongodb.secretName='), {
        message: /secretName is needed/,
      });
    });
  });

  it('never labels what it makes as part of the stack, which is the operator’s', async () => {
    const manifests = await rendered('platform', '--set', 'development.enabled=true');
    for (const { kind, metadata } of manifests) {
      const { labels } = metadata as { labels?: Readonly<Record<string, string>> };
      assert.equal(labels?.['app.kubernetes.io/instance'], 'shop-platform', `${kind}/${metadata.name}`);
    }
  });
});
