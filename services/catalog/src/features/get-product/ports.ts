import type { ProductState, RecordedProductEvent } from '../../domain/product.ts';
import type { StockLevel } from '../../domain/announcement.ts';

/** Products as they are now. `fresh` reads past every cache; without it an answer may be a few seconds old. */
export interface CurrentProducts {
  get(sku: string, freshness: 'cached' | 'fresh'): Promise<ProductState>;
}

export interface CurrentStock {
  /** Undefined while the inventory has announced no level of this SKU. */
  get(sku: string): Promise<StockLevel | undefined>;
}

export interface ProductHistory {
  /** Oldest first; all of them, or up to and including a version or a time. Empty for an unknown SKU. */
  history(sku: string, upTo?: number | Date): Promise<readonly RecordedProductEvent[]>;
}
