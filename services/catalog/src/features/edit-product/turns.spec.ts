import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setImmediate as soon } from 'node:timers/promises';
import { createTurns } from './turns.ts';

describe('taking turns', () => {
  it('runs the work of a key in order, one at a time, and that of others meanwhile', async () => {
    const inTurn = createTurns();
    const steps: string[] = [];
    const work = (name: string) => async () => {
      steps.push(`${name} begins`);
      await soon();
      steps.push(`${name} ends`);
      return name;
    };
    const results = await Promise.all([
      inTurn('a', work('a1')),
      inTurn('a', work('a2')),
      inTurn('b', work('b1')),
    ]);
    assert.deepEqual(results, ['a1', 'a2', 'b1']);
    assert.deepEqual(steps.slice(0, 2), ['a1 begins', 'b1 begins']);
    assert.ok(steps.indexOf('a1 ends') < steps.indexOf('a2 begins'));
  });

  it('goes on after a failure, which only its own caller hears of', async () => {
    const inTurn = createTurns();
    const failed = inTurn('a', () => Promise.reject(new Error('broken')));
    const next = inTurn('a', () => Promise.resolve('fine'));
    await assert.rejects(failed, /broken/);
    assert.equal(await next, 'fine');
    assert.equal(await inTurn('a', () => Promise.resolve('later')), 'later');
  });
});
