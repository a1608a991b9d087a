import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { builtInSchemas, customSchemas } from './schemas.ts';

void describe('schemas for kubeconform', () => {
  const pod = { group: '', version: 'v1', kind: 'Pod' };
  const files = builtInSchemas({
    definitions: {
      Pod: {
        type: 'object',
        properties: {
          spec: { $ref: '#/definitions/PodSpec' },
          labels: { additionalProperties: { type: 'string' } },
        },
        'x-kubernetes-group-version-kind': [pod],
      },
      PodSpec: { type: 'object', properties: { port: { $ref: '#/definitions/IntOrString' } } },
      IntOrString: { type: 'string', format: 'int-or-string' },
      Other: { type: 'object' },
    },
  });

  it('hold all that a kind refers to, and nothing else', () => {
    const file = files.get('v1_v1_pod.json') as { definitions: object };
    assert.deepEqual(Object.keys(file.definitions), ['Pod', 'PodSpec', 'IntOrString']);
  });

  it('know every field, leave maps open, and take numbers where a port may have a name', () => {
    assert.deepEqual(files.get('v1_v1_pod.json'), {
      $ref: '#/definitions/Pod',
      definitions: {
        Pod: {
          type: 'object',
          properties: {
            spec: { $ref: '#/definitions/PodSpec' },
            labels: { additionalProperties: { type: 'string' } },
          },
          additionalProperties: false,
        },
        PodSpec: {
          type: 'object',
          properties: { port: { $ref: '#/definitions/IntOrString' } },
          additionalProperties: false,
        },
        IntOrString: { type: ['integer', 'string'] },
      },
    });
  });

  it('are closed for custom resources, too, but where these say otherwise', () => {
    const spec = {
      type: 'object',
      properties: {
        free: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true, properties: {} },
        name: { type: 'string', nullable: true },
      },
    };
    const [file] = customSchemas([
      {
        spec: {
          group: 'example.com',
          names: { kind: 'Shop' },
          versions: [{ name: 'v1', schema: { openAPIV3Schema: { type: 'object', properties: { spec } } } }],
        },
      },
    ]);
    assert.deepEqual(file, [
      'example.com_v1_shop.json',
      {
        type: 'object',
        properties: {
          spec: {
            type: 'object',
            properties: { free: { type: 'object', properties: {} }, name: { type: ['string', 'null'] } },
            additionalProperties: false,
          },
          metadata: { type: 'object' },
        },
        additionalProperties: false,
      },
    ]);
  });
});
