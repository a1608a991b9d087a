import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createMetrics, createSettings, renderMetrics } from '@ecommercestack/kit';
import { fakeClock } from '@ecommercestack/kit/testing';
import { testSettings } from '../testing/gateway.ts';
import { createRateLimiter } from './limiter.ts';

function limiterWith(customer: { requestsPerSecond: number; burst: number }) {
  const settings = createSettings(
    testSettings({ rateLimit: { customer, guest: { requestsPerSecond: 1, burst: 1 } } }),
  );
  const clock = fakeClock();
  const metrics = createMetrics({ service: 'gateway' });
  return { settings, clock, metrics, limiter: createRateLimiter(settings, metrics, clock) };
}

describe('rate limiter', () => {
  it('lets a burst through, then the rate', () => {
    const { limiter, clock } = limiterWith({ requestsPerSecond: 2, burst: 3 });
    const take = () => limiter.take('customer', 'ada').allowed;
    assert.deepEqual([take(), take(), take(), take()], [true, true, true, false]);
    clock.advance(499);
    assert.equal(take(), false);
    clock.advance(1);
    assert.deepEqual([take(), take()], [true, false]);
  });

  it('says what is in force, what is left and when to come back', () => {
    const { limiter } = limiterWith({ requestsPerSecond: 0.5, burst: 2 });
    assert.deepEqual(limiter.take('customer', 'ada').headers, {
      'ratelimit-policy': '"customer";q=2;w=4',
      ratelimit: '"customer";r=1;t=2',
    });
    limiter.take('customer', 'ada');
    assert.deepEqual(limiter.take('customer', 'ada').headers, {
      'ratelimit-policy': '"customer";q=2;w=4',
      ratelimit: '"customer";r=0;t=4',
      'retry-after': '2',
    });
  });

  it('keeps callers and policies apart', () => {
    const { limiter } = limiterWith({ requestsPerSecond: 1, burst: 1 });
    assert.ok(limiter.take('customer', 'ada').allowed);
    assert.ok(limiter.take('customer', 'bob').allowed);
    assert.ok(limiter.take('guest', 'ada').allowed);
    assert.ok(!limiter.take('customer', 'ada').allowed);
  });

  it('follows the settings without a restart', () => {
    const { limiter, settings, clock } = limiterWith({ requestsPerSecond: 1, burst: 1 });
    limiter.take('customer', 'ada');
    assert.ok(!limiter.take('customer', 'ada').allowed);
    const faster = {
      customer: { requestsPerSecond: 1_000, burst: 10 },
      guest: settings.current().rateLimit.guest,
    };
    settings.replace({ ...settings.current(), rateLimit: faster });
    clock.advance(2);
    assert.ok(limiter.take('customer', 'ada').allowed);
  });

  it('counts its decisions by policy', async () => {
    const { limiter, metrics } = limiterWith({ requestsPerSecond: 1, burst: 1 });
    limiter.take('customer', 'ada');
    limiter.take('customer', 'ada');
    const { body } = await renderMetrics(metrics.registry);
    assert.match(
      body,
      /rate_limit_decisions_total\{service="gateway",policy="customer",decision="allowed"\} 1/,
    );
    assert.match(
      body,
      /rate_limit_decisions_total\{service="gateway",policy="customer",decision="limited"\} 1/,
    );
  });
});
