import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { stack, stackSpec } from '@ecommercestack/contracts';
import { parse } from 'yaml';
import { customResourceDefinition, resourceSchema } from './definition.ts';
import { refusals, withDefaults } from './spec/api-server.ts';
import { RULE_CASES } from './spec/rule-cases.ts';
import type { Schema } from './structural.ts';

const schema = resourceSchema();
const resource = (spec: object, name = 'shop') =>
  withDefaults(schema, { metadata: { name }, spec: { version: '1', ...spec } });

function* nodes(node: Schema, path = ''): Generator<readonly [string, Schema]> {
  yield [path, node];
  for (const [name, field] of Object.entries(node.properties ?? {})) yield* nodes(field, `${path}.${name}`);
  if (node.items) yield* nodes(node.items, `${path}[]`);
  if (node.additionalProperties) yield* nodes(node.additionalProperties, `${path}{}`);
}

const allNodes = [...nodes(schema)];
const rules = allNodes.flatMap(([, node]) => node['x-kubernetes-validations'] ?? []);

describe('the rules of the API server', () => {
  for (const { rule, refused, passes, before, name } of RULE_CASES) {
    const old = before && resource(before);
    const messages = (spec: object, at: 0 | 1) =>
      refusals(schema, resource(spec, name?.[at]), old).map(({ message }) => message);

    test(`${rule} …: refuses, and lets its neighbour pass`, () => {
      const found = messages(refused, 0);
      assert.ok(
        found.some((message) => message.startsWith(rule)),
        `refused with ${JSON.stringify(found)}`,
      );
      assert.deepEqual(messages(passes, 1), []);
    });

    if (name === undefined && before === undefined) {
      test(`${rule} …: is refused on a laptop with the same words`, () => {
        const parsed = stackSpec.safeParse({ version: '1', ...refused });
        assert.ok(parsed.error?.issues.some(({ message }) => message.startsWith(rule)));
        assert.ok(stackSpec.safeParse({ version: '1', ...passes }).success);
      });
    }
  }

  test('are at least 25, and each is broken once here', () => {
    const messages = new Set(rules.map(({ message }) => message));
    assert.ok(messages.size >= 25, `only ${messages.size}`);
    const untested = [...messages].filter(
      (message) => !RULE_CASES.some(({ rule }) => message.startsWith(rule)),
    );
    assert.deepEqual(untested, []);
  });
});

describe('the schema', () => {
  test('gives a two-line resource the defaults that the parser gives it', () => {
    const { spec } = withDefaults(schema, { spec: { version: '1' } }) as { readonly spec: object };
    assert.deepEqual(stackSpec.parse(spec), stackSpec.parse({ version: '1' }));
    assert.deepEqual(withDefaults(schema, { spec }), { spec }, 'defaults are stable');
  });

  test('bounds whatever a rule may look at', () => {
    const unbounded = allNodes
      .filter(([path]) => path.startsWith('.spec'))
      .filter(
        ([, node]) =>
          (node.type === 'array' && node.maxItems === undefined) ||
          (node.type === 'string' && node.maxLength === undefined && node.enum === undefined) ||
          (node.additionalProperties !== undefined && node.maxProperties === undefined),
      );
    assert.deepEqual(
      unbounded.map(([path]) => path),
      [],
    );
  });

  test('describes every field', () => {
    const mute = allNodes.filter(
      ([path, node]) => /^\.(spec|status)\..*[a-zA-Z]$/.test(path) && node.description === undefined,
    );
    assert.deepEqual(
      mute.map(([path]) => path),
      [],
    );
  });

  test('says for every list what an entry is', () => {
    const silent = allNodes.filter(
      ([, node]) => node.type === 'array' && node['x-kubernetes-list-type'] === undefined,
    );
    assert.deepEqual(
      silent.map(([path]) => path),
      [],
    );
  });

  test('has the keys of its lists in every entry', () => {
    const broken = allNodes.filter(([, node]) =>
      (node['x-kubernetes-list-map-keys'] ?? []).some((key) => node.items?.required?.includes(key) !== true),
    );
    assert.deepEqual(
      broken.map(([path]) => path),
      [],
    );
  });

  test('has no form that a structural schema may not have', () => {
    const text = JSON.stringify(schema);
    for (const form of [
      'anyOf',
      'oneOf',
      'allOf',
      '$ref',
      '"nullable"',
      '"multipleOf"',
      '"additionalProperties":false',
    ]) {
      assert.ok(!text.includes(form), form);
    }
    assert.ok(allNodes.every(([, node]) => !(node.properties && node.additionalProperties)));
  });
});

test('the file that `npm start` reads is one that the API server takes, its commented part included', () => {
  const text = readFileSync(path.join(import.meta.dirname, '../../../stack.yaml'), 'utf8');
  for (const yaml of [text, text.replaceAll(/^( *)# (- name: |  canary: )/gm, '$1$2')]) {
    const document: unknown = parse(yaml);
    const stored = withDefaults(schema, document);
    assert.deepEqual(refusals(schema, stored), []);
    assert.deepEqual(stack.parse(stored), stack.parse(document));
  }
});

test('kubectl shows eight columns, under a short name and with all others', () => {
  const { names, versions } = customResourceDefinition().spec;
  assert.equal(versions[0]?.additionalPrinterColumns.length, 8);
  assert.deepEqual([names.shortNames, names.categories], [['estack'], ['all']]);
});
