import type { KnownProduct } from '../../domain/product.ts';

export interface IndexWriter {
  /**
   * Brings the index to these states. A state that is not newer than the one held is ignored, so that late
   * and repeated ones do no harm.
   */
  apply(states: readonly KnownProduct[]): Promise<void>;
  /**
   * Replaces the whole index by `pages`, read from the write side only after this call has begun. Searches
   * see the old index until the new one is complete; `apply` may go on meanwhile and loses nothing.
   * One rebuild at a time: a second one throws.
   */
  rebuild(pages: AsyncIterable<readonly KnownProduct[]>): Promise<void>;
}

export interface ProductScan {
  /** The next products in order of SKU, withdrawn ones included; empty at the end. */
  scan(afterSku: string | undefined, limit: number): Promise<readonly KnownProduct[]>;
}
