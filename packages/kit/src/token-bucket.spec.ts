import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { createBucketStore, take } from './token-bucket.ts';
import type { BucketState } from './token-bucket.ts';

const limits = fc.record({
  capacity: fc.integer({ min: 1, max: 50 }),
  refillPerSecond: fc.integer({ min: 1, max: 500 }),
});
const steps = fc.array(
  fc.record({
    wait: fc.oneof(fc.integer({ min: -500, max: 0 }), fc.integer({ min: 0, max: 500 })),
    count: fc.integer({ min: 1, max: 10 }),
  }),
  {
    maxLength: 60,
  },
);

describe('token bucket', () => {
  it('never lets through more than the capacity plus what has flowed in', () => {
    fc.assert(
      fc.property(limits, steps, (bucket, requests) => {
        let state: BucketState | undefined;
        const first = 1_000_000;
        let now = first;
        let latest = now;
        let passed = 0;
        for (const [index, { wait, count }] of requests.entries()) {
          if (index > 0) now += wait;
          const taken = take(state, now, bucket, count);
          state = taken.state;
          latest = Math.max(latest, now);
          if (taken.allowed) passed += count;
          assert.ok(state.tokens >= 0 && state.tokens <= bucket.capacity);
          const most = bucket.capacity + ((latest - first) * bucket.refillPerSecond) / 1_000;
          assert.ok(passed <= most + 1e-6, `${passed} > ${most}`);
        }
      }),
    );
  });

  it('says when to come back: then it passes, a moment earlier it does not', () => {
    fc.assert(
      fc.property(limits, steps, (bucket, requests) => {
        let state: BucketState | undefined;
        let now = 0;
        for (const { wait, count } of requests) {
          now += Math.max(0, wait);
          const taken = take(state, now, bucket, count);
          state = taken.state;
          if (taken.allowed) continue;
          if (count > bucket.capacity) {
            assert.equal(taken.retryAfterMs, Number.POSITIVE_INFINITY);
            continue;
          }
          assert.ok(take(state, now + taken.retryAfterMs + 1, bucket, count).allowed);
          assert.ok(!take(state, now + taken.retryAfterMs - 2, bucket, count).allowed);
        }
      }),
    );
  });

  it('is full at first, empties and fills again', () => {
    const bucket = { capacity: 2, refillPerSecond: 1 };
    const first = take(undefined, 0, bucket);
    assert.deepEqual(first, { state: { tokens: 1, at: 0 }, allowed: true, retryAfterMs: 0, remaining: 1 });
    const second = take(first.state, 0, bucket);
    const third = take(second.state, 0, bucket);
    assert.deepEqual(third, {
      state: { tokens: 0, at: 0 },
      allowed: false,
      retryAfterMs: 1_000,
      remaining: 0,
    });
    assert.deepEqual(take(third.state, 60_000, bucket).remaining, 1);
  });
});

describe('bucket store', () => {
  it('keeps callers apart, and forgets the one that was away longest', () => {
    const store = createBucketStore(2);
    const bucket = { capacity: 1, refillPerSecond: 0.001 };
    assert.ok(store.take('a', 0, bucket).allowed);
    assert.ok(store.take('b', 0, bucket).allowed);
    assert.ok(!store.take('a', 0, bucket).allowed);
    assert.ok(store.take('c', 0, bucket).allowed);
    assert.equal(store.size, 2);
    assert.ok(!store.take('a', 0, bucket).allowed);
    assert.ok(store.take('b', 0, bucket).allowed);
  });
});
