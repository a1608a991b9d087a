import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';

const TEST = `import { describe, it } from 'node:test'; import assert from 'node:assert/strict';\n`;

void describe('a run of specs', { timeout: 60_000 }, () => {
  let folder: string;
  beforeEach(async () => {
    folder = await realpath(await mkdtemp(path.join(tmpdir(), 'run-specs-spec-')));
  });
  afterEach(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  /** In a process of its own, because a test runner cannot run within itself. */
  async function run(files: Record<string, string>) {
    for (const [name, text] of Object.entries(files)) await writeFile(path.join(folder, name), TEST + text);
    const specs = Object.keys(files)
      .filter((file) => file.endsWith('.spec.mjs'))
      .map((file) => ({ file, tier: 'unit' }));
    const program = `
      import { runSpecs } from ${JSON.stringify(import.meta.resolve('./run-specs.ts'))};
      const totals = await runSpecs(${JSON.stringify(specs)}, new AbortController().signal);
      console.log(JSON.stringify(totals));`;
    const { NODE_TEST_CONTEXT: _, ...env } = process.env;
    const runner = path.join(folder, 'runner.mjs');
    await writeFile(runner, program);
    const { stdout } = spawnSync(process.execPath, [runner], { cwd: folder, env, encoding: 'utf8' });
    const lines = stdout.trim().split('\n');
    return { totals: JSON.parse(lines.at(-1) ?? '') as unknown, lines, text: stdout };
  }

  void it('counts the tests of a shared suite for the file that runs them, whichever ends first', async () => {
    const { totals, lines } = await run({
      'suite.mjs': `export const suite = (name, ms) => describe(name, () => {
        it('one', () => new Promise((done) => setTimeout(done, ms)));
        it('two', () => {});
      });`,
      'a.spec.mjs': `import { suite } from './suite.mjs'; suite("a", 1_000); it('own', () => {});`,
      'b.spec.mjs': `import { suite } from './suite.mjs'; suite('b', 0);`,
    });
    assert.match(lines[0] ?? '', /^✔ b\.spec\.mjs: 2 passed \(\d+\.\d s\)$/);
    assert.match(lines[1] ?? '', /^✔ a\.spec\.mjs: 3 passed \(\d+\.\d s\)$/);
    assert.deepEqual(totals, { passed: 5, failed: 0 });
  });

  void it('shows what a test has measured, also where it passes', async () => {
    const { lines } = await run({ 'a.spec.mjs': `it('good', (t) => t.diagnostic('0.97 of 1'));` });
    assert.deepEqual(lines.slice(1, 2), ['    0.97 of 1']);
  });

  void it('shows a failure with what the file printed', async () => {
    const { totals, text } = await run({
      'a.spec.mjs': `it('good', () => {}); it('bad', () => { console.log('a clue'); assert.equal(1, 2); });`,
    });
    assert.deepEqual(totals, { passed: 1, failed: 1 });
    assert.match(text, /✖ a\.spec\.mjs: 1 passed, 1 failed \(.*\)\n {4}✖ bad/);
    assert.match(text, /a clue/);
  });

  void it('counts every test of a file that reports many at its very end', async () => {
    const { totals } = await run({
      'a.spec.mjs': `for (let i = 0; i < 5_000; i++) it('test ' + i + ' of a name that takes its time'.repeat(20), () => {});`,
    });
    assert.deepEqual(totals, { passed: 5_000, failed: 0 });
  });

  void it('ends a file that has nothing left to do but goes on', async () => {
    const { totals } = await run({
      'a.spec.mjs': `it('good', () => {}); setInterval(() => {}, 1_000);`,
    });
    assert.deepEqual(totals, { passed: 1, failed: 0 });
  });

  void it('counts what did not run as failed', async () => {
    const { totals } = await run({
      'a.spec.mjs': `it.skip('skipped', () => {}); it.todo('todo'); it('slow', { timeout: 20 }, () => new Promise((done) => setTimeout(done, 200)));`,
    });
    assert.deepEqual(totals, { passed: 0, failed: 3 });
  });

  void it('counts a file that is empty, does not load or breaks off, and goes on with the next', async () => {
    const { totals, text } = await run({
      'a.spec.mjs': '',
      'b.spec.mjs': `throw new Error('not today');`,
      'c.spec.mjs': `it('good', () => {}); it('last', () => process.exit(3));`,
      'd.spec.mjs': `it('good', () => {});`,
    });
    assert.match(text, /✖ a\.spec\.mjs: 0 passed, 1 failed \(.*\)\n {4}✖ the file has no test/);
    assert.match(text, /not today/);
    assert.match(text, /✖ c\.spec\.mjs: 0 passed, 1 failed/);
    assert.match(text, /✔ d\.spec\.mjs: 1 passed/);
    assert.deepEqual(totals, { passed: 1, failed: 3 });
  });
});
