import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createMicroBatch, underLoad, unhurried } from './micro-batch.ts';

test('whatever fails, every item settles with its own outcome, in one flight at a time', async () => {
  const items = fc.array(fc.record({ delay: fc.nat(3), poison: fc.boolean() }), { maxLength: 60 });
  await fc.assert(
    fc.asyncProperty(
      items,
      fc.integer({ min: 1, max: 16 }),
      fc.scheduler(),
      async (plan, maxBatch, scheduler) => {
        let inFlight = 0;
        const done: number[] = [];
        const batches = createMicroBatch<number, number>({
          maxBatch,
          async run(batch) {
            assert.equal(++inFlight, 1);
            assert.ok(batch.length <= maxBatch);
            await scheduler.schedule(Promise.resolve());
            inFlight -= 1;
            const poison = batch.find((item) => plan[item]?.poison);
            if (poison !== undefined) throw new Error(`poison ${poison}`);
            done.push(...batch);
            return batch.map((item) => item * 2);
          },
        });
        const outcomes = Promise.allSettled(
          plan.map(async ({ delay }, item) => {
            for (let turn = 0; turn < delay; turn += 1) await new Promise(setImmediate);
            return batches.submit(item);
          }),
        );
        const settled = await scheduler.waitFor(outcomes);
        settled.forEach((outcome, item) => {
          if (plan[item]?.poison === true) {
            assert.equal(outcome.status === 'rejected' && String(outcome.reason), `Error: poison ${item}`);
          } else {
            assert.equal(outcome.status === 'fulfilled' && outcome.value, item * 2);
          }
        });
        assert.deepEqual(
          done.toSorted((a, b) => a - b),
          plan.flatMap(({ poison }, item) => (poison ? [] : [item])),
        );
      },
    ),
    { numRuns: 200 },
  );
});

test('what arrives while a batch runs is the next batch, in order of arrival', async () => {
  const seen: (readonly number[])[] = [];
  const batches = createMicroBatch<number, number>({
    maxBatch: 3,
    run: (batch) => {
      seen.push(batch);
      return Promise.resolve(batch);
    },
  });
  await Promise.all([1, 2, 3, 4, 5].map((item) => batches.submit(item)));
  assert.deepEqual(seen, [
    [1, 2, 3],
    [4, 5],
  ]);
});

test('an indivisible failure rejects the whole batch after one run', async () => {
  let runs = 0;
  const batches = createMicroBatch<number, number>({
    maxBatch: 8,
    isDivisible: () => false,
    run: () => {
      runs += 1;
      return Promise.reject(new Error('gone'));
    },
  });
  const settled = await Promise.allSettled([batches.submit(1), batches.submit(2)]);
  assert.deepEqual(
    settled.map(({ status }) => status),
    ['rejected', 'rejected'],
  );
  assert.equal(runs, 1);
});

test('a retryable failure is tried once more, alone', async () => {
  const runs: (readonly number[])[] = [];
  const batches = createMicroBatch<number, string>({
    maxBatch: 8,
    isRetryable: () => true,
    run: (batch) => {
      runs.push(batch);
      if (batch.includes(2) && runs.length < 4) return Promise.reject(new Error('conflict'));
      return Promise.resolve(batch.map(String));
    },
  });
  assert.deepEqual(await Promise.all([batches.submit(1), batches.submit(2)]), ['1', '2']);
  assert.deepEqual(runs, [[1, 2], [1], [2], [2]]);
});

test('too few results reject the items without one, and nothing runs twice', async () => {
  let runs = 0;
  const batches = createMicroBatch<number, number>({
    maxBatch: 8,
    run: (batch) => {
      runs += 1;
      return Promise.resolve(batch.slice(1));
    },
  });
  const [, second] = await Promise.allSettled([batches.submit(1), batches.submit(2)]);
  assert.equal(second.status, 'rejected');
  assert.equal(runs, 1);
});

test('drain resolves after everything submitted has settled', async () => {
  const settled: number[] = [];
  const batches = createMicroBatch<number, number>({
    maxBatch: 1,
    async run(batch) {
      await new Promise(setImmediate);
      settled.push(...batch);
      return batch;
    },
  });
  const all = Promise.all([batches.submit(1), batches.submit(2), batches.submit(3)]);
  await batches.drain();
  assert.deepEqual(settled, [1, 2, 3]);
  await all;
});

/** Batches that rest for longer than any test takes, unless enough are waiting. */
function resting(rest = { ...underLoad, ms: 600_000 }) {
  const sizes: number[] = [];
  const batches = createMicroBatch<number, number>({
    maxBatch: 16,
    rest,
    run: async (batch) => {
      sizes.push(batch.length);
      return batch;
    },
  });
  const submit = (count: number) => Promise.all(Array.from({ length: count }, (_, i) => batches.submit(i)));
  return { sizes, submit };
}

test('after a batch of several, the next waits until it is as large', async () => {
  const { sizes, submit } = resting();
  await submit(5);
  const early = submit(3);
  for (let turn = 0; turn < 10; turn += 1) await new Promise(setImmediate);
  assert.deepEqual(sizes, [5]);
  await Promise.all([early, submit(2)]);
  assert.deepEqual(sizes, [5, 5]);
});

test('a few at a time never wait', async () => {
  const { sizes, submit } = resting();
  await submit(3);
  await submit(1);
  await submit(2);
  assert.deepEqual(sizes, [3, 1, 2]);
});

for (const [name, rest] of Object.entries({ underLoad, unhurried })) {
  test(`a rest ends by itself: ${name}`, async () => {
    const run = (batch: readonly number[]) => Promise.resolve(batch);
    const batches = createMicroBatch<number, number>({ maxBatch: 16, rest, run });
    await Promise.all([1, 2, 3, 4].map((item) => batches.submit(item)));
    assert.equal(await batches.submit(5), 5);
  });
}

test('where nobody hurries, only a full batch ends the rest', async () => {
  const { sizes, submit } = resting({ ...unhurried, ms: 600_000 });
  await submit(1);
  const early = submit(15);
  for (let turn = 0; turn < 10; turn += 1) await new Promise(setImmediate);
  assert.deepEqual(sizes, [1]);
  await Promise.all([early, submit(1)]);
  assert.deepEqual(sizes, [1, 16]);
});
