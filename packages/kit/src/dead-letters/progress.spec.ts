import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ReplayProgress } from '@ecommercestack/event-store';
import fc from 'fast-check';
import { advance } from './progress.ts';

const BEGINNING: ReplayProgress = {
  after: '0',
  handled: 0,
  failed: 0,
  batch: { size: 1, done: 0, failed: 0 },
};

/** Replays letters 1, 2, 3 …; returns every step until the replay stops or there are no more. */
function steps(outcomes: readonly boolean[], limits: { maxBatch: number; maxFailureShare: number }) {
  const all = [];
  let progress = BEGINNING;
  for (const [index, handled] of outcomes.entries()) {
    const step = advance(progress, { id: String(index + 1), failed: !handled }, limits);
    all.push(step);
    if (step.status === 'stopped') break;
    ({ progress } = step);
  }
  return all;
}

const limits = { maxBatch: 4, maxFailureShare: 0.5 };
const times = (count: number, handled: boolean) => Array.from({ length: count }, () => handled);

test('batches grow to the largest size', () => {
  const sizes = steps(times(15, true), limits).map(({ progress }) => progress.batch.size);
  assert.deepEqual(sizes, [2, 2, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4]);
});

test('the first letter that fails again stops the replay', () => {
  assert.deepEqual(steps(times(5, false), limits), [
    {
      status: 'stopped',
      progress: { after: '1', handled: 0, failed: 1, batch: { size: 1, done: 1, failed: 1 } },
      stopReason: '1 of a batch of 1 failed again',
    },
  ]);
});

test('a share of failures up to the limit is borne, more is not waited for', () => {
  const [, , third] = steps([true, true, false], limits);
  assert.equal(third?.status, 'running', 'one of two is half');
  const all = steps([true, true, true, false, false, false, true], limits);
  assert.equal(all.length, 6, 'three of four, before the fourth');
  const last = all.at(-1);
  assert.equal(last?.status === 'stopped' && last.stopReason, '3 of a batch of 4 failed again');
});

test('whatever comes of the letters, all are counted, and a stop is due to too many failures in one batch', () => {
  const anyLimits = fc.record({
    maxBatch: fc.integer({ min: 1, max: 20 }),
    maxFailureShare: fc.double({ min: 0, max: 1, noNaN: true }),
  });
  fc.assert(
    fc.property(fc.array(fc.boolean(), { minLength: 1, maxLength: 100 }), anyLimits, (outcomes, given) => {
      const all = steps(outcomes, given);
      const { progress, status } = all.at(-1) ?? assert.fail();
      assert.equal(progress.after, String(all.length));
      assert.equal(progress.handled + progress.failed, all.length);
      for (const { progress: each } of all) {
        const { size, done, failed } = each.batch;
        assert.ok(size >= 1 && size <= given.maxBatch && done <= size && failed <= done);
      }
      const { size, failed } = progress.batch;
      assert.equal(status === 'stopped', failed > given.maxFailureShare * size);
      if (status === 'running') assert.equal(all.length, outcomes.length);
    }),
  );
});
