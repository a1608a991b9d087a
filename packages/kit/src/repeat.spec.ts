import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { createRepeated } from './repeat.ts';
import { eventually } from './testing.ts';

const HOUR_MS = 3_600_000;

function scene(work: (run: number, stopping: AbortSignal) => Promise<void>, pauseMs = 1) {
  const errors: unknown[] = [];
  let runs = 0;
  const repeated = createRepeated({
    work: async (stopping) => work((runs += 1), stopping),
    pauseMs,
    onError: (error) => errors.push(error),
  });
  return { repeated, errors, runs: () => runs };
}

describe('repeated work', () => {
  it('runs at once, and again after each pause until it is stopped', async () => {
    const { repeated, runs } = scene(async () => undefined);
    assert.equal(runs(), 0);
    repeated.start();
    assert.equal(runs(), 1);
    await eventually(() => assert.ok(runs() >= 3));
    await repeated.stop();
    const stopped = runs();
    await pause(10);
    assert.equal(runs(), stopped);
  });

  it('goes on after a failure, which is reported', async () => {
    const { repeated, errors, runs } = scene(async (run) => {
      if (run === 1) throw new Error('the database is away');
    });
    repeated.start();
    await eventually(() => assert.ok(runs() >= 2));
    await repeated.stop();
    assert.deepEqual(errors.map(String), ['Error: the database is away']);
  });

  it('is stopped in the middle of a pause', async () => {
    const { repeated, runs } = scene(async () => undefined, HOUR_MS);
    repeated.start();
    await repeated.stop();
    assert.equal(runs(), 1);
  });

  it('lets a run that has begun finish, and reports a failure of it', async () => {
    const begun = Promise.withResolvers<void>();
    const { repeated, errors } = scene(async () => {
      await begun.promise;
      throw new Error('at the last moment');
    });
    repeated.start();
    const stopped = repeated.stop();
    begun.resolve();
    await stopped;
    assert.deepEqual(errors.map(String), ['Error: at the last moment']);
  });

  it('does not count as a failure that a run gives up because it is stopped', async () => {
    const { repeated, errors } = scene(async (_run, signal) => pause(HOUR_MS, undefined, { signal }));
    repeated.start();
    await repeated.stop();
    assert.deepEqual(errors, []);
  });

  it('can be stopped before it was started', async () => {
    const { repeated, runs } = scene(async () => undefined);
    await repeated.stop();
    assert.equal(runs(), 0);
  });
});
