import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { describeScripts, scriptProblems } from './scripts.ts';

void describe('scripts', () => {
  void it('are listed with a line each', () => {
    const manifest = {
      scripts: { start: 'x', format: 'y' },
      'scripts-info': { start: 'run it', format: 'format it' },
    };
    assert.equal(describeScripts(manifest), 'npm start       run it\nnpm run format  format it');
  });

  void it('need a description and the file they run', () => {
    const manifest = {
      scripts: { good: 'node a.mjs b.ts --flag', bare: 'node a.mjs', broken: 'node a.mjs c.ts' },
      'scripts-info': { good: 'does good', broken: 'does harm', gone: 'did something' },
    };
    assert.deepEqual(
      scriptProblems(manifest, (file) => file !== 'c.ts'),
      [
        'script "bare" has no description in scripts-info',
        'scripts-info describes "gone", which is no script',
        'script "broken" runs c.ts, which does not exist',
      ],
    );
  });
});
