/** Opens the gateway's cache of public answers, and what keeps it from outliving changes. */
import type { CacheChange } from '@ecommercestack/contracts';
import { createSequence } from '@ecommercestack/kit';
import type { Clock, Logger, Metrics, Part, ReadinessCheck } from '@ecommercestack/kit';
import type { GatewayConfig } from '../config.ts';
import { declareHttpCacheMetrics } from '../gateway-metrics.ts';
import { createCachedAnswers } from './cached-answers.ts';
import type { CachedAnswers } from './cached-answers.ts';
import { followRedis } from './changes-from-redis.ts';
import { createHttpCache } from './http-cache.ts';

export interface OpenedHttpCache {
  readonly answers: CachedAnswers;
  apply(change: CacheChange): void;
  readonly readiness: readonly ReadinessCheck[];
  readonly lifecycle: Required<Part>;
}

export interface OpenRuntime {
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly clock: Clock;
}

/** Undefined where the configuration leaves no room for it. */
export function openHttpCache(
  { httpCacheBytes, changes }: Pick<GatewayConfig, 'httpCacheBytes' | 'changes'>,
  { logger, metrics, clock }: OpenRuntime,
): OpenedHttpCache | undefined {
  if (httpCacheBytes === 0) return undefined;
  const cache = createHttpCache({ maxBytes: httpCacheBytes, now: () => clock.now().getTime() });
  const answers = createCachedAnswers(cache, declareHttpCacheMetrics(metrics).count);
  const apply = (change: CacheChange) => cache.apply(change);
  if (changes === undefined) return { answers, apply, readiness: [], lifecycle: createSequence([]) };
  const onGap = () => apply({ purge: '*' });
  const following = followRedis({ ...changes, logger, onChange: apply, onGap });
  return {
    answers,
    apply,
    readiness: [
      {
        name: 'cache-changes',
        check: async () => (following.isFollowing() ? undefined : 'changes of products cannot be heard'),
        optional: { without: 'answers live as long as their headers say', messages: 'go-on' },
      },
    ],
    lifecycle: createSequence([following]),
  };
}
