import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { serviceNames } from '@ecommercestack/contracts';
import { parseAllDocuments } from 'yaml';
import { SHOP, build, find } from '../spec/build.ts';
import { KAFKA } from '../spec/simulation.ts';
import type { ResiliencySpec } from './dapr-base.ts';
import type { KubeObject } from './model.ts';

const COMPONENTS = path.join(import.meta.dirname, '../../../dapr-components');

interface Manifest {
  readonly metadata: { readonly name: string };
  readonly spec: Record<string, unknown>;
  readonly scopes?: readonly string[];
}
const read = (file: string): readonly Manifest[] =>
  parseAllDocuments(readFileSync(path.join(COMPONENTS, file), 'utf8')).map((one) => one.toJS() as Manifest);

/** Each target with the policies that its names stand for. */
function effective({ policies, targets }: ResiliencySpec) {
  const apps = Object.entries(targets.apps ?? {}).map(([app, { retry, circuitBreaker }]) => [
    app,
    { ...policies.retries?.[retry], breaker: policies.circuitBreakers?.[circuitBreaker] },
  ]);
  const components = JSON.stringify(targets.components ?? {});
  const delivery = Object.entries(policies.retries ?? {}).filter(([name]) =>
    components.includes(`"${name}"`),
  );
  return { apps: Object.fromEntries(apps) as unknown, components, delivery };
}

const standard = build({ version: '1' });

describe('a stack that says nothing of its own has the sidecars of dapr-components', () => {
  for (const service of serviceNames) {
    test(`${service}: policies`, () => {
      const [written] = read(`resiliency/${service}.yaml`);
      const made = find(standard, `Resiliency/shop-${service}`);
      const spec = withMilliseconds(made['spec']) as ResiliencySpec;
      // What a canary that shares the messages reads is delivered as what the first version reads.
      const { [`shop-shared-${service}`]: shared, ...components } = spec.targets.components ?? {};
      assert.deepEqual(shared, components['pubsub']);
      const { targets } = spec;
      const own = { ...spec, targets: { ...targets, ...(targets.components && { components }) } };
      assert.deepEqual(effective(own), effective(withMilliseconds(written?.spec) as ResiliencySpec));
      const scopes = made['scopes'] as readonly string[];
      assert.deepEqual(
        written?.scopes?.filter((scope) => !scopes.includes(scope)),
        [],
      );
    });

    test(`${service}: access`, () => {
      const [written] = read(`configuration/${service}.yaml`);
      const made = find(standard, `Configuration/shop-${service}`)['spec'] as Manifest['spec'];
      const { accessControl, ...rest } = made as {
        accessControl: { policies?: readonly { appId: string }[] };
      };
      const policies = accessControl.policies?.filter(({ appId }) => appId !== 'gateway-canary');
      assert.deepEqual(
        { ...rest, accessControl: { ...accessControl, ...(policies && { policies }) } },
        written?.spec,
      );
    });
  }

  for (const [broker, type] of [
    ['kafka', 'pubsub.kafka'],
    ['redis', 'pubsub.redis'],
  ] as const) {
    test(`subscriptions, on ${broker}`, () => {
      const objects = build({ version: '1' }, { pubsub: { ...KAFKA, type } });
      const made = objects
        .filter(({ kind }) => kind === 'Subscription')
        .map(({ metadata, spec, scopes }) => ({ name: metadata.name, spec, scopes }));
      const written = serviceNames
        .filter((service) => service !== 'gateway')
        .flatMap((service) => read(`${broker}/subscriptions/${service}.yaml`))
        .map(({ metadata, spec, scopes }) => ({ name: `shop-${metadata.name}`, spec, scopes }));
      assert.deepEqual(sorted(made), sorted(written));
    });
  }
});

const sorted = <T extends { readonly name: string }>(list: readonly T[]) =>
  list.toSorted((one, other) => one.name.localeCompare(other.name));

/** `1s` and `1000ms` are the same. */
function withMilliseconds(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value), (_, field: unknown) =>
    typeof field === 'string' && /^[0-9]+s$/.test(field) ? `${Number.parseInt(field, 10) * 1_000}ms` : field,
  );
}

describe('what the resource says of calls', () => {
  const changed = (name: string, before: readonly KubeObject[], after: readonly KubeObject[]) =>
    after.filter(
      (object) =>
        object.kind === name &&
        JSON.stringify(object) !== JSON.stringify(find(before, `${name}/${object.metadata.name}`)),
    );

  test('a breaker reaches the callers of that service, and no other sidecar', () => {
    const after = build({
      version: '1',
      services: [{ name: 'catalog', circuitBreaker: { failureThreshold: 2, openSeconds: 9 } }],
    });
    assert.deepEqual(
      changed('Resiliency', standard, after).map(({ metadata }) => metadata.name),
      ['shop-gateway', 'shop-order'],
    );
    const { policies } = find(after, 'Resiliency/shop-gateway')['spec'] as ResiliencySpec;
    assert.deepEqual(policies.circuitBreakers?.['catalog'], {
      maxRequests: 3,
      timeout: '9s',
      trip: 'consecutiveFailures >= 2',
    });
    assert.deepEqual(policies.circuitBreakers['order'], {
      maxRequests: 3,
      timeout: '60s',
      trip: 'consecutiveFailures >= 5',
    });
  });

  test('a retry changes only calls that may run twice', () => {
    const after = build({
      version: '1',
      services: [{ name: 'catalog', retry: { maxRetries: 5, interval: '50ms' } }],
    });
    assert.deepEqual(
      changed('Resiliency', standard, after).map(({ metadata }) => metadata.name),
      ['shop-order'],
    );
    const { policies } = find(after, 'Resiliency/shop-order')['spec'] as ResiliencySpec;
    assert.deepEqual(
      [policies.retries?.['catalog']?.maxRetries, policies.retries?.['catalog']?.duration],
      [5, '50ms'],
    );
  });

  test('every call is allowed from the namespace of the stack only, and the gateway may have a second version', () => {
    const objects = build({ version: '1' }, { stack: { ...SHOP, namespace: 'shops' } });
    const { accessControl } = find(objects, 'Configuration/shop-order')['spec'] as {
      accessControl: { policies: readonly Record<string, string>[] };
    };
    assert.deepEqual(
      accessControl.policies.map(({ appId, namespace }) => [appId, namespace]),
      [
        ['gateway', 'shops'],
        ['gateway-canary', 'shops'],
      ],
    );
  });
});

describe('a canary that shares the messages', () => {
  const objects = build({
    version: '1',
    services: [{ name: 'order', canary: { version: '2', weight: 5, consumers: 'Shared' } }],
  });

  test('has the broker under a name of its own, in the consumer group of the stable version', () => {
    const component = find(objects, 'Component/shop-shared-order');
    assert.deepEqual(component['scopes'], ['order-canary']);
    assert.deepEqual(component['auth'], { secretStore: 'secrets' });
    assert.deepEqual((component['spec'] as { metadata: unknown }).metadata, [
      { name: 'brokers' },
      { name: 'consumerID', value: 'order' },
    ]);
  });

  test('reads the same topics, and the stable version reads them as before', () => {
    const topics = (app: string) =>
      objects
        .filter(
          ({ kind, scopes }) => kind === 'Subscription' && JSON.stringify(scopes) === JSON.stringify([app]),
        )
        .map(({ spec }) => (spec as { topic: string }).topic);
    assert.deepEqual(topics('order-canary'), topics('order'));
    assert.ok(topics('order').length > 0);
  });

  test('an excluded one has neither', () => {
    const excluded = build({
      version: '1',
      services: [{ name: 'order', canary: { version: '2', weight: 5 } }],
    });
    assert.deepEqual(
      excluded.filter(({ kind }) => kind === 'Component'),
      [],
    );
    assert.ok(
      !JSON.stringify(excluded.filter(({ kind }) => kind === 'Subscription')).includes('order-canary'),
    );
  });
});
