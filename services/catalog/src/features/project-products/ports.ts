import type { KnownProduct } from '../../domain/product.ts';

/** All products in order of SKU, withdrawn ones included, from the one after `afterSku` on. */
export type ProductPages = (afterSku: string | undefined) => AsyncIterable<readonly KnownProduct[]>;

export interface RebuildOptions {
  /** Go on where the last rebuild was cut off, if one was. Otherwise what it has left behind is dropped. */
  readonly resume?: boolean;
  /** Told after each page how many products the new index holds. */
  readonly onPage?: (products: number) => void;
}

export interface IndexWriter {
  /**
   * Brings the index to these states. A state that is not newer than the one held is ignored, so that late
   * and repeated ones do no harm.
   */
  apply(states: readonly KnownProduct[]): Promise<void>;
  /**
   * Replaces the whole index by what `scan` reads from the write side, only after this call has begun. Searches
   * see the old index until the new one is complete; `apply` may go on meanwhile and loses nothing.
   * One rebuild at a time: a second one throws.
   */
  rebuild(scan: ProductPages, options?: RebuildOptions): Promise<void>;
  /**
   * Searches the index that was in use before the last rebuild, which has been kept up to date since. False where none
   * is kept.
   */
  rollBack(): Promise<boolean>;
}

export interface ProductScan {
  /** The next products in order of SKU, withdrawn ones included; empty at the end. */
  scan(afterSku: string | undefined, limit: number): Promise<readonly KnownProduct[]>;
  /** About how many products there are to scan. */
  size(): Promise<number>;
}
