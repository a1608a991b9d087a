import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { settingsOf, stack, type StackInput } from '@ecommercestack/contracts';
import { instancesOf } from './instances.ts';

function namesFor(services: StackInput['spec']['services']): readonly string[] {
  const resource = stack.parse({
    apiVersion: 'ecommercestack.io/v1alpha1',
    kind: 'EcommerceStack',
    metadata: { name: 'shop' },
    spec: { version: '1.0.0', ...(services && services.length > 0 && { services }) },
  });
  return instancesOf(resource, settingsOf(resource, 1)).map(({ name }) => name);
}

describe('the instances that a resource asks for', () => {
  test('are one of each service by default', () => {
    assert.deepEqual(namesFor([]), [
      'gateway-1',
      'order-1',
      'inventory-1',
      'payment-1',
      'catalog-1',
      'notification-1',
    ]);
  });

  test('are as many as its replicas, of one app-id', () => {
    const names = namesFor([{ name: 'order', replicas: 3 }]);
    assert.deepEqual(
      names.filter((name) => name.startsWith('order')),
      ['order-1', 'order-2', 'order-3'],
    );
  });

  test('keep the gateway one, since it owns the port', () => {
    assert.equal(
      namesFor([{ name: 'gateway', replicas: 2 }]).filter((name) => name.startsWith('gateway')).length,
      1,
    );
  });

  test('have a canary by its version, so that another version is another instance', () => {
    const canary = (version: string) => namesFor([{ name: 'catalog', canary: { version, weight: 5 } }]);
    assert.ok(canary('2.0.0-rc.1').includes('catalog-canary-2.0.0-rc.1'));
    assert.ok(!canary('2.0.1').includes('catalog-canary-2.0.0-rc.1'));
  });
});
