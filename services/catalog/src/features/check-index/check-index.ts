/** Compares the index with the write side, by SKU and version, a page of the catalog at a time. */
import { skuOf, versionOf } from '../../domain/product.ts';
import type { KnownProduct } from '../../domain/product.ts';
import type { CheckedIndex, CheckedStore } from './ports.ts';

export interface Differences {
  /** Products that the index lacks or holds in an older version. They have been applied, if that was wanted. */
  readonly behind: readonly KnownProduct[];
  /** SKUs that the index holds and the write side has never had. Only a rebuild removes them. */
  readonly orphans: readonly string[];
}

export interface IndexCheck {
  /** Checks the next page. */
  step(signal: AbortSignal): Promise<Differences>;
  /** Whether the next step begins with the first product. */
  atStart(): boolean;
  /** Differences found in the last complete round, or in the present one where that is more. */
  drift(): number;
}

export interface IndexCheckOptions {
  readonly pageSize: number;
  /** How long an announced change may take to arrive before the index counts as behind. Milliseconds. */
  readonly graceMs: number;
  readonly wait: (ms: number, signal: AbortSignal) => Promise<void>;
  /** Apply what the index is behind with. Default true. */
  readonly mend?: boolean;
}

/** A page costs three short queries, whatever the size of the catalog. */
export function createIndexCheck(
  store: CheckedStore,
  index: CheckedIndex,
  { pageSize, graceMs, wait, mend = true }: IndexCheckOptions,
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
  /** Of what the index holds in the stretch of the page: a page further on shows what one does not. */
  const strangers = async (page: readonly KnownProduct[]): Promise<readonly string[]> => {
    const last = page.at(-1);
    const held = await index.range(after, last && skuOf(last), 2 * pageSize);
    const known = new Set(page.map(skuOf));
    return [...held.keys()].filter((sku) => !known.has(sku));
  };
  const unknown = async (skus: readonly string[]): Promise<readonly string[]> => {
    if (skus.length === 0) return [];
    const states = await store.states(skus);
    return skus.filter((sku) => (states.get(sku)?.status ?? 'absent') === 'absent');
  };

  return {
    async step(signal) {
      const page = await store.scan(after, pageSize);
      const [late, strange] = await Promise.all([behind(page), strangers(page)]);
      if (late.length > 0 || strange.length > 0) await wait(graceMs, signal);
      const differences = { behind: await behind(late), orphans: await unknown(strange) };
      if (mend && differences.behind.length > 0) await index.apply(differences.behind);
      found += differences.behind.length + differences.orphans.length;
      const last = page.at(-1);
      after = last && skuOf(last);
      if (last === undefined) [lastRound, found] = [found, 0];
      return differences;
    },
    atStart: () => after === undefined,
    drift: () => Math.max(found, lastRound),
  };
}
