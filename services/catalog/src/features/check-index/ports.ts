import type { KnownProduct, ProductState } from '../../domain/product.ts';

export interface CheckedStore {
  /** The next products in order of SKU, withdrawn ones included; empty at the end. */
  scan(afterSku: string | undefined, limit: number): Promise<readonly KnownProduct[]>;
  /** A state for every SKU asked for. */
  states(skus: readonly string[]): Promise<ReadonlyMap<string, ProductState>>;
}

export interface CheckedIndex {
  /** The version held of each SKU, withdrawn ones included; absent where there is none. */
  versions(skus: readonly string[]): Promise<ReadonlyMap<string, number>>;
  /** The versions of the next documents in order of SKU, withdrawn ones included: after one SKU, up to another. */
  range(
    afterSku: string | undefined,
    upToSku: string | undefined,
    limit: number,
  ): Promise<ReadonlyMap<string, number>>;
  /** Ignores what is not newer than the state held. */
  apply(states: readonly KnownProduct[]): Promise<void>;
}
