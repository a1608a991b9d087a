import assert from 'node:assert/strict';
import { test } from 'node:test';
import { serviceMonitor } from './network.ts';

test('the figures of a service keep the name that they give themselves, which alerts ask for', () => {
  const { spec } = serviceMonitor({ name: 'shop', namespace: 'shops', uid: 'uid-1' }) as unknown as {
    spec: { endpoints: unknown[] };
  };
  assert.deepEqual(spec.endpoints[0], { port: 'admin', honorLabels: true });
});
