import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { settings } from './settings.ts';
import { duration, settingsOf, stack, type StackInput } from './stack.ts';

const resource = (spec: StackInput['spec']): StackInput => ({
  apiVersion: 'ecommercestack.io/v1alpha1',
  kind: 'EcommerceStack',
  metadata: { name: 'shop' },
  spec,
});

describe('settingsOf', () => {
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
