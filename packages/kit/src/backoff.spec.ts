import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { backoffMs, sleep } from './backoff.ts';

describe('backoff', () => {
  it('doubles, between half and all of the step, up to the limit', () => {
    const backoff = { baseMs: 50, maxMs: 5_000 };
    assert.deepEqual(
      [1, 2, 3, 8, 1_000].map((attempt) => backoffMs(attempt, backoff, () => 0)),
      [25, 50, 100, 2_500, 2_500],
    );
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 2_000 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (attempt, random) => {
          const ms = backoffMs(attempt, backoff, () => random);
          assert.ok(ms >= 25 && ms <= 5_000);
        },
      ),
    );
  });

  it('a sleep ends with its signal', async () => {
    const controller = new AbortController();
    const sleeping = sleep(3_600_000, controller.signal);
    controller.abort();
    await sleeping;
    await sleep(3_600_000, controller.signal);
  });
});
