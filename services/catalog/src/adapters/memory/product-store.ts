/** The write side in memory, for specs: equal to the others by the contract suite. */
import type { CatalogEvent } from '@ecommercestack/contracts';
import type { Clock } from '@ecommercestack/kit';
import { announcementOf } from '../../domain/announcement.ts';
import { evolve, fold } from '../../domain/evolve.ts';
import { skuOf, versionOf } from '../../domain/product.ts';
import type { KnownProduct, ProductEvent, ProductState, RecordedProductEvent } from '../../domain/product.ts';
import type { ProductStore } from '../ports.ts';

export interface MemoryProductStore extends ProductStore {
  /** Everything announced so far, in order. */
  readonly announced: readonly CatalogEvent[];
}

export function createMemoryProductStore(clock: Clock): MemoryProductStore {
  const streams = new Map<string, readonly RecordedProductEvent[]>();
  const announced: CatalogEvent[] = [];
  const stateOf = (sku: string): ProductState => fold(streams.get(sku) ?? []);

  const record = (sku: string, event: ProductEvent, actor: string): KnownProduct => {
    const before = stateOf(sku);
    const recorded = { ...event, version: versionOf(before) + 1, occurredAt: clock.now(), actor };
    const after = evolve(before, recorded);
    streams.set(sku, [...(streams.get(sku) ?? []), recorded]);
    announced.push(announcementOf(event, after));
    return after;
  };

  return {
    announced,
    load: async (sku) => stateOf(sku),
    states: async (skus) => new Map(skus.map((sku) => [sku, stateOf(sku)])),
    append: async (sku, state, event, { actor }) => {
      const overtaken = versionOf(stateOf(sku)) !== versionOf(state);
      return overtaken ? 'conflict' : record(sku, event, actor);
    },
    history: async (sku, upTo) => {
      const all = streams.get(sku) ?? [];
      if (upTo === undefined) return all;
      return all.filter(({ version, occurredAt }) =>
        typeof upTo === 'number' ? version <= upTo : occurredAt <= upTo,
      );
    },
    size: async () => streams.size,
    scan: async (afterSku, limit) => {
      const known = [...streams.keys()].map(stateOf).filter((state) => state.status !== 'absent');
      const following = known.filter((state) => afterSku === undefined || skuOf(state) > afterSku);
      return following.sort((a, b) => (skuOf(a) < skuOf(b) ? -1 : 1)).slice(0, limit);
    },
  };
}
