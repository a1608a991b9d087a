/** Token buckets per caller; the policies are read from the settings at every request. */
import type { BucketSettings, Settings } from '@ecommercestack/contracts';
import { createBucketStore } from '@ecommercestack/kit';
import type { Clock, Metrics, Settings as Live } from '@ecommercestack/kit';

export type Policy = 'customer' | 'guest' | 'webhook';

export interface Decision {
  readonly allowed: boolean;
  /** `RateLimit`, `RateLimit-Policy` (draft-ietf-httpapi-ratelimit-headers) and, when refused, `Retry-After`. */
  readonly headers: Readonly<Record<string, string>>;
}

export interface RateLimiter {
  take(policy: Policy, caller: string): Decision;
}

/** Signed calls of the payment provider all come from a few addresses; the limit only stops a flood. */
const WEBHOOK: BucketSettings = { requestsPerSecond: 500, burst: 1_000 };
const MAX_CALLERS = 100_000;

export function createRateLimiter(
  settings: Pick<Live<Settings>, 'current'>,
  metrics: Metrics,
  clock: Clock,
): RateLimiter {
  const buckets = createBucketStore(MAX_CALLERS);
  return {
    take(policy, caller) {
      const { burst, requestsPerSecond } =
        policy === 'webhook' ? WEBHOOK : settings.current().rateLimit[policy];
      const limits = { capacity: burst, refillPerSecond: requestsPerSecond };
      const taken = buckets.take(`${policy}/${caller}`, clock.now().getTime(), limits);
      const decision = taken.allowed ? 'allowed' : 'limited';
      metrics.kit.rateLimitDecisions.inc({ policy, decision });
      const secondsToFull = Math.ceil((burst - taken.remaining) / requestsPerSecond);
      const window = Math.ceil(burst / requestsPerSecond);
      return {
        allowed: taken.allowed,
        headers: {
          'ratelimit-policy': `"${policy}";q=${burst};w=${window}`,
          ratelimit: `"${policy}";r=${taken.remaining};t=${secondsToFull}`,
          ...(!taken.allowed && {
            'retry-after': String(Math.max(1, Math.ceil(taken.retryAfterMs / 1_000))),
          }),
        },
      };
    },
  };
}
