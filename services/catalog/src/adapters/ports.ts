/** What a database behind the catalog provides: the ports of all features together. */
import type { StockLevel } from '../domain/announcement.ts';
import type { ProductState } from '../domain/product.ts';
import type { CheckedIndex } from '../features/check-index/ports.ts';
import type { ProductStreams } from '../features/edit-product/product-streams.ts';
import type { StockWriter } from '../features/follow-stock/ports.ts';
import type { ProductHistory } from '../features/get-product/ports.ts';
import type { IndexWriter, ProductScan } from '../features/project-products/ports.ts';
import type { ProductSearcher } from '../features/search-products/search-products.ts';

/** The write side. */
export interface ProductStore extends ProductStreams, ProductHistory, ProductScan {
  /** A state for every SKU asked for, in one query. */
  states(skus: readonly string[]): Promise<ReadonlyMap<string, ProductState>>;
}

/** The read side. */
export interface SearchIndex extends ProductSearcher, IndexWriter, StockWriter, CheckedIndex {
  /** How many products can be found. */
  count(): Promise<number>;
  /** Absent where no level was ever applied. */
  stockLevels(skus: readonly string[]): Promise<ReadonlyMap<string, StockLevel>>;
}
