import type { StockLevel } from '../../domain/announcement.ts';

export interface StockWriter {
  /** A level that is not newer than the one held is ignored. Products are not rewritten. */
  applyStock(levels: readonly StockLevel[]): Promise<void>;
}
