import type { KnownProduct } from '../../domain/product.ts';

export interface CheckedStore {
  /** The next products in order of SKU, withdrawn ones included; empty at the end. */
  scan(afterSku: string | undefined, limit: number): Promise<readonly KnownProduct[]>;
}

export interface CheckedIndex {
  /** The version held of each SKU, withdrawn ones included; absent where there is none. */
  versions(skus: readonly string[]): Promise<ReadonlyMap<string, number>>;
  /** Ignores what is not newer than the state held. */
  apply(states: readonly KnownProduct[]): Promise<void>;
}
