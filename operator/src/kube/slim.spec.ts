import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { createPacker } from './packer.ts';
import { podEntry, slimChild, stackEntry } from './slim.ts';

const raw = (kind: string) => ({
  apiVersion: 'apps/v1',
  kind,
  metadata: {
    name: 'shop-order',
    namespace: 'default',
    resourceVersion: '12',
    creationTimestamp: '2026-01-01T00:00:00Z',
    labels: { 'app.kubernetes.io/instance': 'shop' },
    annotations: { 'ecommercestack.io/settings-revision': '3', 'dapr.io/app-id': 'order' },
    managedFields: [
      {
        manager: 'ecommercestack',
        operation: 'Apply',
        time: 'then',
        fieldsV1: { 'f:spec': { 'f:replicas': {}, 'f:x': {} } },
      },
      { manager: 'kubelet', operation: 'Update', subresource: 'status', fieldsV1: { 'f:status': {} } },
    ],
  },
  spec: { replicas: 2 },
  status: { replicas: 2 },
});

describe('what is kept of an object', () => {
  test('of a child: as much as plans look at', () => {
    const { metadata, ...rest } = slimChild({ apiVersion: 'apps/v1', kind: 'Deployment' }, raw('Deployment'));
    assert.deepEqual(rest, {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      spec: { replicas: 2 },
      status: { replicas: 2 },
    });
    assert.deepEqual(metadata.managedFields, [
      { manager: 'ecommercestack', operation: 'Apply', fieldsV1: { 'f:spec': { 'f:replicas': {} } } },
      { manager: 'kubelet', operation: 'Update', subresource: 'status' },
    ]);
    assert.equal('resourceVersion' in metadata, false);
    assert.equal('status' in slimChild({ apiVersion: 'v1', kind: 'Service' }, raw('Service')), false);
  });

  test('of a pod: what it was told', () => {
    const { id, group, version, value } = podEntry(raw('Pod'));
    assert.deepEqual([id, group, version], ['default/shop-order', 'default/shop', 12]);
    assert.deepEqual(value, {
      name: 'shop-order',
      annotations: { 'ecommercestack.io/settings-revision': '3' },
    });
  });

  test('of a stack: all but who manages what; those of a namespace belong together', () => {
    const { group, value } = stackEntry(raw('EcommerceStack'));
    assert.equal(group, 'default');
    assert.equal('managedFields' in value.metadata, false);
    assert.deepEqual(value.spec, { replicas: 2 });
  });
});

describe('the packer', () => {
  test('gives back what it was given', () => {
    fc.assert(
      fc.property(
        fc.array(fc.dictionary(fc.string({ unit: 'grapheme' }), fc.jsonValue()), { minLength: 1 }),
        (objects) => {
          const { pack, unpack } = createPacker<unknown>();
          const given = objects.map((object) => JSON.parse(JSON.stringify(object)) as unknown);
          assert.deepEqual(given.map(pack).map(unpack), given);
        },
      ),
    );
  });

  test('takes little for one that resembles the first', () => {
    const { pack } = createPacker<unknown>();
    const object = (name: string) => ({
      ...raw('Deployment'),
      name,
      text: 'a few words that all of them have '.repeat(20),
    });
    pack(object('first'));
    assert.ok(pack(object('second')).length * 10 < JSON.stringify(object('second')).length);
  });
});
