/** What the gateway counts about the services behind it, as their caller sees them. */
import { serviceNames, type ServiceName } from '@ecommercestack/contracts';
import type { Metrics } from '@ecommercestack/kit';
import type { Choice } from './canary/select.ts';

/** Named and labelled like the caches of the services. */
export function declareHttpCacheMetrics(metrics: Metrics) {
  const requests = metrics.counter({
    name: 'cache_requests_total',
    help: 'Reads of a cache; `shared` ones waited for a load under way, `stale` ones got an old value in an outage.',
    labels: { cache: ['http'], level: ['gateway'], result: ['hit', 'miss', 'shared', 'stale'] },
  });
  return {
    count: (result: 'hit' | 'miss' | 'shared' | 'stale') =>
      requests.inc({ cache: 'http', level: 'gateway', result }),
  };
}

/** The bounds of the latency objectives: reads in 0.25 s, everything else in 0.5 s. */
const SLOW_READ_SECONDS = 0.25;
const SLOW_WRITE_SECONDS = 0.5;

export interface UpstreamMetrics {
  /** Traffic that staff forced onto one variant is not counted: it would bias the comparison. */
  record(observed: {
    readonly service: ServiceName;
    readonly choice: Choice;
    readonly ok: boolean;
    readonly isRead: boolean;
    /** Absent where the duration is the caller's wish: streams and waits. */
    readonly seconds?: number;
  }): void;
}

export function createUpstreamMetrics(metrics: Metrics): UpstreamMetrics {
  const upstream = serviceNames.filter((name) => name !== 'gateway');
  const variant = ['stable', 'canary'] as const;
  const requests = metrics.counter({
    name: 'gateway_upstream_requests_total',
    help: 'First attempts of calls to a service; refusals of business rules are ok.',
    labels: { upstream, variant, result: ['ok', 'error'] },
  });
  const slow = metrics.counter({
    name: 'gateway_upstream_slow_total',
    help: 'Calls slower than the latency objective: 0.25 s for reads, 0.5 s for others.',
    labels: { upstream, variant },
  });
  return {
    record({ service, choice, ok, isRead, seconds = 0 }) {
      if (choice.forced || service === 'gateway') return;
      const labels = { upstream: service, variant: choice.variant };
      requests.inc({ ...labels, result: ok ? 'ok' : 'error' });
      if (seconds > (isRead ? SLOW_READ_SECONDS : SLOW_WRITE_SECONDS)) slow.inc(labels);
    },
  };
}
