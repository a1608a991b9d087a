import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parse } from 'yaml';
import { readText } from '../repository.ts';

interface Schema {
  readonly type?: string;
  readonly description?: string;
  readonly additionalProperties?: unknown;
  readonly properties?: Readonly<Record<string, Schema>>;
}

/** Helm reads it from every chart that is part of another. */
const HELMS_OWN = 'global';

function namesIn(schema: Schema, at = ''): string[] {
  return Object.entries(schema.properties ?? {})
    .filter(([name]) => name !== HELMS_OWN)
    .flatMap(([name, below]) => [`${at}${name}`, ...namesIn(below, `${at}${name}.`)]);
}

/** Only as deep as the schema says what there is: a map has any names. */
function valuesIn(values: unknown, schema: Schema, at = ''): string[] {
  if (schema.properties === undefined || typeof values !== 'object' || values === null) return [];
  return Object.entries(values).flatMap(([name, value]) => [
    `${at}${name}`,
    ...valuesIn(value, schema.properties?.[name] ?? {}, `${at}${name}.`),
  ]);
}

function openBlocks(schema: Schema, at = ''): string[] {
  const below = Object.entries(schema.properties ?? {}).flatMap(([name, one]) =>
    openBlocks(one, `${at}.${name}`),
  );
  return schema.properties !== undefined && schema.additionalProperties !== false ? [at, ...below] : below;
}

for (const chart of ['operator', 'platform']) {
  void describe(`the values of charts/${chart}`, () => {
    const values: unknown = parse(readText(`charts/${chart}/values.yaml`));
    const schema = JSON.parse(readText(`charts/${chart}/values.schema.json`)) as Schema;

    it('are those that the schema knows, each with a default', () => {
      const optional = /^resources\.(requests|limits)$/;
      const known = namesIn(schema).filter((name) => !optional.test(name));
      assert.deepEqual(
        valuesIn(values, schema)
          .filter((name) => !optional.test(name))
          .toSorted(),
        known.toSorted(),
      );
    });

    it('have no block that takes what nobody knows', () => {
      assert.deepEqual(openBlocks(schema), []);
    });
  });

  void describe(`charts/${chart}`, () => {
    it('has the version of the repository', () => {
      const { version } = JSON.parse(readText('package.json')) as { version: string };
      const manifest = parse(readText(`charts/${chart}/Chart.yaml`)) as {
        version: string;
        appVersion: string;
      };
      assert.deepEqual([manifest.version, manifest.appVersion], [version, version]);
    });
  });
}
