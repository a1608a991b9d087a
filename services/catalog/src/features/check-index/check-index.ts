/** Compares the index with the write side, a page of the catalog at a time, and mends what differs. */
import { skuOf, versionOf } from '../../domain/product.ts';
import type { KnownProduct } from '../../domain/product.ts';
import type { CheckedIndex, CheckedStore } from './ports.ts';

export interface IndexCheck {
  /** Checks the next page, and applies the products found to differ, which it returns. */
  step(signal: AbortSignal): Promise<readonly KnownProduct[]>;
  /** Products found to differ in the last complete round, or in the present one where that is more. */
  drift(): number;
}

export interface IndexCheckOptions {
  readonly pageSize: number;
  /** How long an announced change may take to arrive before the index counts as behind. Milliseconds. */
  readonly graceMs: number;
  readonly wait: (ms: number, signal: AbortSignal) => Promise<void>;
}

/** A page costs two short queries, whatever the size of the catalog. */
export function createIndexCheck(
  store: CheckedStore,
  index: CheckedIndex,
  { pageSize, graceMs, wait }: IndexCheckOptions,
): IndexCheck {
  let after: string | undefined;
  let found = 0;
  let lastRound = 0;

  /** Products that the index knows in an older version than the one given. */
  const behind = async (states: readonly KnownProduct[]): Promise<readonly KnownProduct[]> => {
    if (states.length === 0) return [];
    const versions = await index.versions(states.map(skuOf));
    return states.filter((state) => (versions.get(skuOf(state)) ?? 0) < versionOf(state));
  };

  return {
    async step(signal) {
      const page = await store.scan(after, pageSize);
      const last = page.at(-1);
      if (last === undefined) {
        lastRound = found;
        found = 0;
        after = undefined;
        return [];
      }
      after = skuOf(last);
      const suspects = await behind(page);
      if (suspects.length === 0) return [];
      await wait(graceMs, signal);
      const differing = await behind(suspects);
      found += differing.length;
      if (differing.length > 0) await index.apply(differing);
      return differing;
    },
    drift: () => Math.max(found, lastRound),
  };
}
