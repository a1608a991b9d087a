import type { KnownProduct, ProductEvent, ProductState } from '../../domain/product.ts';

export interface EditMetadata {
  /** Who edits: the id of the caller. */
  readonly actor: string;
}

/** The write side. The append of version n + 1 of a SKU is the commit point: at most one can succeed. */
export interface ProductStreams {
  /** What has been committed, never older. */
  load(sku: string): Promise<ProductState>;
  /**
   * Appends after `state`, and has the event announced on `catalog.events` at least once, in order of versions.
   * Returns the state it led to. `conflict`: the product has moved on, and nothing was written.
   */
  append(
    sku: string,
    state: ProductState,
    event: ProductEvent,
    metadata: EditMetadata,
  ): Promise<KnownProduct | 'conflict'>;
}
