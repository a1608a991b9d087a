import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { parse } from 'yaml';
import { podTemplates, podTemplatesRevision } from './pod-templates.ts';

const read = (file: string) => readFileSync(path.join(import.meta.dirname, '../../..', file), 'utf8');

describe('the pods that the operator makes', () => {
  test('are those that the repository shows: npm run generate', () => {
    assert.deepEqual(
      parse(read('operator/crd/pod-templates.yaml')),
      JSON.parse(JSON.stringify(podTemplates())),
    );
  });

  test('are declared in docs/installing.md, since a change of them restarts every shop on an upgrade', () => {
    const [, upgrades = ''] = read('docs/installing.md').split('## Upgrades');
    const rows = [...upgrades.matchAll(/^\| `([0-9a-f]{16})` /gm)].map(([, revision]) => revision);
    assert.equal(
      rows.at(-1),
      podTemplatesRevision(),
      'a version with other pods restarts those of every shop: avoid it, or add a row that says why',
    );
  });
});
