import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createProgress } from './progress.ts';

function scene(isTerminal: boolean, expected = 1_000) {
  const clock = { ms: 0 };
  let written = '';
  const progress = createProgress({
    expected,
    now: () => clock.ms,
    write: (text) => (written += text),
    isTerminal,
  });
  return { progress, clock, written: () => written };
}

describe('the progress of a command', () => {
  it('is one bar in a terminal, drawn over and over', () => {
    const { progress, clock, written } = scene(true);
    clock.ms = 2_000;
    progress.update(500);
    progress.update(1_000);
    progress.end();
    assert.equal(
      written(),
      `\r[${'#'.repeat(15)}${'·'.repeat(15)}]  50 %  500 of about 1000 products, 250/s` +
        `\r[${'#'.repeat(30)}] 100 %  1000 of about 1000 products, 500/s\n`,
    );
  });

  it('is a line for each tenth elsewhere', () => {
    const { progress, written } = scene(false);
    for (let done = 0; done <= 1_000; done += 10) progress.update(done);
    progress.end();
    assert.equal(written().match(/\n/g)?.length, 11);
  });

  it('never exceeds the whole, whatever was expected', () => {
    const { progress, written } = scene(false, 10);
    progress.update(25);
    assert.match(written(), /\] 100 % {2}25 of about 25 products/);
    const none = scene(true, 0);
    none.progress.update(0);
    assert.match(none.written(), /100 %/);
  });
});
