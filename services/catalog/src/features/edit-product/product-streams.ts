import type { ProductEvent, ProductState } from '../../domain/product.ts';

export interface EditMetadata {
  /** Who edits: the id of the caller. */
  readonly actor: string;
}

/** The write side. The append of version n + 1 of a SKU is the commit point: at most one can succeed. */
export interface ProductStreams {
  /** What has been committed, never older. */
  load(sku: string): Promise<ProductState>;
  /**
   * Appends after `state`, and has the events announced on `catalog.events` at least once, in order.
   * `conflict`: the product has moved on, and nothing was written.
   */
  append(
    sku: string,
    state: ProductState,
    events: readonly ProductEvent[],
    metadata: EditMetadata,
  ): Promise<ProductState | 'conflict'>;
}
