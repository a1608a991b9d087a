/** Opens the cache that replicas share, where the configuration names one. */
import type { Clock, Logger, Metrics } from '@ecommercestack/kit';
import type { SharedCachePlace } from '../config.ts';
import type { Opened } from './opened.ts';

export interface SharedCacheRuntime {
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly clock: Clock;
}

/** The port is undefined where every replica caches alone. */
export function openSharedCache(place: SharedCachePlace, _runtime: SharedCacheRuntime): Opened<undefined> {
  switch (place.kind) {
    case 'none':
      return { port: undefined, readiness: [], lifecycle: {} };
    case 'redis':
      throw new Error('the shared cache on Redis is not part of this version yet');
  }
}
