import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { settings } from './settings.ts';
import { amountOf, duration, settingsOf, stack, type StackInput } from './stack.ts';

const resource = (spec: StackInput['spec']): StackInput => ({
  apiVersion: 'ecommercestack.io/v1alpha1',
  kind: 'EcommerceStack',
  metadata: { name: 'shop' },
  spec,
});

describe('settingsOf', () => {
  test('names an image by as much of its tag as a version may have', () => {
    // As skaffold tags what it does not push.
    const image = `shop/order:${'f'.repeat(64)}`;
    const made = settingsOf(stack.parse(resource({ version: '1', services: [{ name: 'order', image }] })), 1);
    assert.equal(settings.parse(made).services.order.version, 'f'.repeat(63));
  });

  test('gives a one-line spec every default', () => {
    const made = settingsOf(stack.parse(resource({ version: '1.0.0' })), 7);
    assert.deepEqual(settings.parse(made), made, 'the settings are what their schema says');
    assert.equal(made.revision, 7);
    assert.deepEqual(made.services.order, { version: '1.0.0', timeoutMs: 10_000 });
    assert.deepEqual(made.payment.provider.circuitBreaker, {
      failureThreshold: 5,
      openSeconds: 60,
      halfOpenRequests: 3,
    });
  });

  test('carries versions, canaries, time-outs, limits and thresholds over', () => {
    const made = settingsOf(
      stack.parse(
        resource({
          version: '1.0.0',
          rateLimit: { guest: { requestsPerSecond: 1, burst: 2 } },
          services: [
            { name: 'catalog', version: '1.1.0', timeout: '2s', canary: { version: '2.0.0', weight: 12.5 } },
            { name: 'payment', provider: { circuitBreaker: { failureThreshold: 2 } } },
          ],
        }),
      ),
      1,
    );
    assert.deepEqual(made.services.catalog, {
      version: '1.1.0',
      timeoutMs: 2_000,
      canary: { version: '2.0.0', weight: 12.5, sticky: true, salt: 'catalog/2.0.0' },
    });
    assert.deepEqual(made.rateLimit.guest, { requestsPerSecond: 1, burst: 2 });
    assert.deepEqual(made.payment.provider.circuitBreaker, {
      failureThreshold: 2,
      openSeconds: 60,
      halfOpenRequests: 3,
    });
  });

  test('changes nothing else between two revisions', () => {
    const parsed = stack.parse(resource({ version: '1.0.0' }));
    assert.deepEqual({ ...settingsOf(parsed, 2), revision: 1 }, settingsOf(parsed, 1));
  });
});

describe('the resource', () => {
  const refused: readonly (readonly [string, StackInput['spec'], string])[] = [
    [
      'a service named twice',
      { version: '1', services: [{ name: 'order' }, { name: 'order' }] },
      'named twice',
    ],
    [
      'a provider of another service',
      { version: '1', services: [{ name: 'order', provider: { circuitBreaker: {} } }] },
      'only payment',
    ],
    [
      'a canary of the gateway',
      { version: '1', services: [{ name: 'gateway', canary: { version: '2', weight: 1 } }] },
      'needs a cluster',
    ],
    [
      'a weight over 100',
      { version: '1', services: [{ name: 'order', canary: { version: '2', weight: 101 } }] },
      '100',
    ],
    ['a service without a process', { version: '1', services: [{ name: 'order', replicas: 0 }] }, 'replicas'],
    [
      'a duration without a unit',
      { version: '1', services: [{ name: 'order', timeout: '5' }] },
      'a duration',
    ],
  ];
  for (const [name, spec, message] of refused) {
    test(`refuses ${name} and says why`, () => {
      const parsed = stack.safeParse(resource(spec));
      assert.match(parsed.error?.message ?? 'accepted', new RegExp(message));
    });
  }

  test('reads durations as milliseconds', () => {
    assert.deepEqual(
      ['250ms', '10s', '5m', '1h'].map((text) => duration.parse(text)),
      [250, 10_000, 300_000, 3_600_000],
    );
  });
});

describe('services beyond the file’s usual ones', () => {
  test('a service of one’s own runs beside the others and is part of no settings', () => {
    const made = settingsOf(
      stack.parse(resource({ version: '1', services: [{ name: 'reviews', image: 'own/reviews:7' }] })),
      1,
    );
    assert.deepEqual(Object.keys(made.services).toSorted(), [
      'catalog',
      'gateway',
      'inventory',
      'notification',
      'order',
      'payment',
    ]);
  });

  test('no service at all means all of them, with their defaults', () => {
    const parsed = stack.parse(resource({ version: '1', services: [] }));
    assert.deepEqual(settingsOf(parsed, 1), settingsOf(stack.parse(resource({ version: '1' })), 1));
  });
});

describe('a second version', () => {
  const canaryOf = (service: NonNullable<StackInput['spec']['services']>[number]) =>
    settingsOf(stack.parse(resource({ version: '1', services: [service] })), 1).services.catalog.canary;

  test('is known by the tag of its image', () => {
    const image = `registry.example:5000/catalog:2.1@sha256:${'a'.repeat(64)}`;
    assert.equal(
      canaryOf({ name: 'catalog', canary: { image: 'own/catalog:2.1', weight: 5 } })?.version,
      '2.1',
    );
    assert.equal(canaryOf({ name: 'catalog', canary: { image, weight: 5 } })?.version, 'a'.repeat(12));
  });

  for (const [active, weight] of [
    ['Stable', 0],
    ['Preview', 100],
  ] as const) {
    test(`as a preview gets ${weight}% while ${active} is active`, () => {
      const made = canaryOf({ name: 'catalog', blueGreen: { active, preview: { version: '2' } } });
      assert.equal(made?.weight, weight);
    });
  }
});

test('quantities are compared by what they are', () => {
  assert.deepEqual(
    ['250m', '1', '1000m', '1Ki', '1k', '1.5Gi', 'much'].map((text) => amountOf(text)),
    [0.25, 1, 1, 1024, 1000, 1.5 * 2 ** 30, Number.NaN],
  );
});
