import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { drawnVariant, stickyVariant } from './variant.ts';

const canary = (weight: number, salt = 'catalog/2.0.0') => ({ version: '2.0.0', weight, sticky: true, salt });
const weight = fc.integer({ min: 0, max: 10_000 }).map((hundredths) => hundredths / 100);
const customers = Array.from({ length: 10_000 }, (_, index) => `customer-${index}`);
const cohort = (settings: ReturnType<typeof canary>) =>
  new Set(customers.filter((customer) => stickyVariant(settings, customer) === 'canary'));

describe('canary variant', () => {
  it('only adds customers as the weight rises', () => {
    fc.assert(
      fc.property(fc.string(), weight, weight, (customer, one, other) => {
        const [low, high] = one < other ? [one, other] : [other, one];
        if (stickyVariant(canary(low), customer) === 'canary') {
          assert.equal(stickyVariant(canary(high), customer), 'canary');
        }
      }),
      { numRuns: 2_000 },
    );
  });

  it('keeps a customer on one side', () => {
    fc.assert(
      fc.property(fc.string(), weight, (customer, share) => {
        assert.equal(stickyVariant(canary(share), customer), stickyVariant(canary(share), customer));
      }),
    );
  });

  it('gives 10,000 customers their share, as closely as chance allows', () => {
    for (const share of [1, 5, 10, 25, 50, 75, 99]) {
      const salts = Array.from({ length: 8 }, (_, rollout) => `catalog/${rollout}.0.0`);
      const errors = salts.map((salt) => (cohort(canary(share, salt)).size / customers.length) * 100 - share);
      const deviation = Math.sqrt((share * (100 - share)) / customers.length);
      for (const error of errors) assert.ok(Math.abs(error) <= 4 * deviation, `${share} %: off by ${error}`);
      const mean = errors.reduce((sum, error) => sum + error, 0) / errors.length;
      assert.ok(Math.abs(mean) <= 0.5, `${share} %: off by ${mean} on average`);
    }
  });

  it('sends nobody at 0 and everybody at 100', () => {
    assert.equal(cohort(canary(0)).size, 0);
    assert.equal(cohort(canary(100)).size, customers.length);
    assert.equal(drawnVariant(canary(0), 0), 'stable');
    assert.equal(drawnVariant(canary(100), 0.999_999), 'canary');
  });

  it('draws other customers for the next rollout', () => {
    const first = cohort(canary(1, 'catalog/2.0.0'));
    const second = cohort(canary(1, 'catalog/3.0.0'));
    const both = [...first].filter((customer) => second.has(customer));
    assert.ok(both.length <= 10, `${both.length} of 10,000`);
  });

  it('honours two decimals of a weight', () => {
    assert.equal(drawnVariant(canary(0.29), 0.002_89), 'canary');
    assert.equal(drawnVariant(canary(0.29), 0.002_91), 'stable');
    // 1.1 × 100 is 110.00000000000001.
    assert.equal(drawnVariant(canary(1.1), 0.011), 'stable');
  });
});
