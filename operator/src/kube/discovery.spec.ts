import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Connection } from './connection.ts';
import { servedKinds } from './discovery.ts';

test('a group whose server is away, or serves nothing, hides no other', async () => {
  const body = {
    items: [
      {
        metadata: { name: 'metrics.k8s.io' },
        versions: [{ version: 'v1beta1', freshness: 'Stale' }],
      },
      { metadata: { name: 'external.metrics.k8s.io' } },
      {
        metadata: { name: 'dapr.io' },
        versions: [{ version: 'v1alpha1', resources: [{ responseKind: { kind: 'Resiliency' } }, {}] }],
      },
    ],
  };
  const connection = { request: async () => ({ status: 200, body }) } as unknown as Connection;
  assert.deepEqual(
    await servedKinds(connection),
    new Map([
      ['metrics.k8s.io/v1beta1', new Set()],
      ['dapr.io/v1alpha1', new Set(['Resiliency'])],
    ]),
  );
});
