/** How far the search index is behind the products, as metrics. */
import type { Clock } from '@ecommercestack/kit';
import type { CatalogMetrics } from './metrics.ts';

export interface IndexFigures {
  /** A change that was announced at this time (RFC 3339) can be found now. */
  searchable(this: void, since: string): void;
  collect(sources: Sources): Promise<void>;
}

interface Sources {
  /** In seconds; 0 when everything is announced. */
  readonly productStore: { oldestUnannounced(): Promise<number> };
  /** RFC 3339; undefined when nothing is being applied. */
  readonly projection: { oldestInHand(): string | undefined };
  readonly check: { drift(): number };
}

export function createIndexFigures(metrics: CatalogMetrics, clock: Clock): IndexFigures {
  const secondsSince = (time: string) => Math.max(0, clock.now().getTime() - Date.parse(time)) / 1_000;
  return {
    searchable: (since) => metrics.searchableAfter.observe({}, secondsSince(since)),
    /** A change is on its way to the index until it is announced, and then while it is being applied. */
    async collect({ productStore, projection, check }) {
      const unannounced = await productStore.oldestUnannounced();
      const oldest = projection.oldestInHand();
      metrics.indexLag.set({}, Math.max(unannounced, oldest === undefined ? 0 : secondsSince(oldest)));
      metrics.indexDrift.set({}, check.drift());
    },
  };
}
