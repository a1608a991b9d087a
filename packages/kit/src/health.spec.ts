import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createHealth, neededBy } from './health.ts';

/** A check that answers when it is told to. */
function slowCheck() {
  const asked: ((reason: string | undefined) => void)[] = [];
  const check = () => new Promise<string | undefined>((resolve) => asked.push(resolve));
  return { asked, checks: [{ name: 'database', check }] };
}

describe('the health of a service', () => {
  it('is that of all its parts', async () => {
    const well = { name: 'well', check: async () => undefined };
    const ill = { name: 'ill', check: async () => 'away' };
    assert.equal(await createHealth([], 1_000).check(), true);
    assert.equal(await createHealth([well], 1_000).check(), true);
    assert.equal(await createHealth([well, ill], 1_000).check(), false);
  });

  it('goes on without what is optional: calls always, messages where they can', () => {
    const check = async () => 'away';
    const checks = [
      { name: 'database', check },
      { name: 'index', check, optional: { without: 'no searches', messages: 'wait' } },
      { name: 'cache', check, optional: { without: 'slower', messages: 'go-on' } },
    ] as const;
    const names = (what: 'calls' | 'messages') => neededBy(what, checks).map(({ name }) => name);
    assert.deepEqual(names('calls'), ['database']);
    assert.deepEqual(names('messages'), ['database', 'index']);
  });

  it('is asked for once at a time', async () => {
    const { asked, checks } = slowCheck();
    const health = createHealth(checks, 10_000);
    const answers = [health.check(), health.glance(10_000), health.check()];
    assert.equal(asked.length, 1);
    asked[0]?.(undefined);
    assert.deepEqual(await Promise.all(answers), [true, true, true]);
    const again = health.check();
    asked[1]?.('away');
    assert.equal(await again, false);
  });

  it('stays what it was while an answer takes its time, and changes when it comes', async () => {
    const { asked, checks } = slowCheck();
    const health = createHealth(checks, 10_000);
    assert.equal(await health.glance(1), true);
    asked[0]?.('away');
    assert.equal(await health.check(), false);
    assert.equal(await health.glance(1), false);
    asked[1]?.(undefined);
    assert.equal(await health.check(), true);
  });

  it('is bad where there is no answer at all', async () => {
    const health = createHealth(slowCheck().checks, 1);
    assert.equal(await health.check(), false);
  });
});
