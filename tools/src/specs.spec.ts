import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { selectSpecs, tierOf } from './specs.ts';

const SPECS = [
  'tools/src/a.docker.spec.ts',
  'tests/cluster/a.cluster.spec.ts',
  'tests/dapr/a.dapr.spec.ts',
  'services/x/src/a.stores.spec.ts',
  'tests/e2e/a.e2e.spec.ts',
  'services/x/src/b.int.spec.ts',
  'services/x/src/a.spec.ts',
].map((file) => ({ file, tier: tierOf(file) }));

function selected(...args: string[]): string[] {
  return selectSpecs(SPECS, args).map(({ file }) => file.split('/').at(-1) ?? '');
}

void describe('the choice of specs', () => {
  void it('is all but those of stores, Dapr, a cluster and Docker, the cheap ones first', () => {
    assert.deepEqual(selected(), ['a.spec.ts', 'b.int.spec.ts', 'a.e2e.spec.ts']);
  });

  void it('goes by tier, by folder, by file, and by both at once', () => {
    assert.deepEqual(selected('--unit', '--e2e'), ['a.spec.ts', 'a.e2e.spec.ts']);
    assert.deepEqual(selected('services/x/'), ['a.spec.ts', 'b.int.spec.ts']);
    assert.deepEqual(selected('./services/x/src/a.spec.ts'), ['a.spec.ts']);
    assert.deepEqual(selected('--int', 'services'), ['b.int.spec.ts']);
  });

  void it('has those of stores, Dapr, a cluster and Docker when they are asked for', () => {
    assert.deepEqual(selected('--stores'), ['a.stores.spec.ts']);
    assert.deepEqual(selected('--dapr'), ['a.dapr.spec.ts']);
    assert.deepEqual(selected('--cluster'), ['a.cluster.spec.ts']);
    assert.deepEqual(selected('--docker'), ['a.docker.spec.ts']);
    assert.deepEqual(selected('--dapr', '--e2e', 'tests'), ['a.e2e.spec.ts', 'a.dapr.spec.ts']);
    assert.deepEqual(selected('tests/dapr/a.dapr.spec.ts'), ['a.dapr.spec.ts']);
    assert.deepEqual(selected('tests'), ['a.e2e.spec.ts']);
  });

  void it('is nothing where nothing lies, and never a guess', () => {
    assert.deepEqual(selected('services/xy'), []);
    assert.throws(() => selected('--fast'), /Unknown option --fast/);
  });
});
