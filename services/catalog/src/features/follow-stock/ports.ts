import type { StockLevel } from '../../domain/announcement.ts';

export interface StockWriter {
  /**
   * A level that is not newer than the one held is ignored. Products are not rewritten. Returns the SKUs whose level
   * has changed.
   */
  applyStock(levels: readonly StockLevel[]): Promise<ReadonlySet<string>>;
}
