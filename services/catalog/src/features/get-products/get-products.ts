/** Reads up to 100 products at once. */
import type { Product } from '@ecommercestack/contracts';
import type { Outcome } from '@ecommercestack/kit';
import { withStock } from '../../domain/announcement.ts';
import type { StockLevel } from '../../domain/announcement.ts';
import type { ProductState } from '../../domain/product.ts';

/** Both answer for every SKU they know; an answer may be a few seconds old. */
export interface ProductBatches {
  getMany(skus: readonly string[]): Promise<ReadonlyMap<string, ProductState>>;
}
export interface StockBatches {
  getMany(skus: readonly string[]): Promise<ReadonlyMap<string, StockLevel | undefined>>;
}

export interface ProductsBySku {
  readonly items: Product[];
  readonly missing: string[];
}

/** Each SKU once, in the order of the first mention. */
export function createGetProducts(products: ProductBatches, stock: StockBatches) {
  return async (skus: readonly string[]): Promise<Outcome<ProductsBySku>> => {
    const wanted = [...new Set(skus)];
    const [states, levels] = await Promise.all([products.getMany(wanted), stock.getMany(wanted)]);
    const items: Product[] = [];
    const missing: string[] = [];
    for (const sku of wanted) {
      const state = states.get(sku);
      if (state?.status === 'listed') items.push(withStock(state.product, levels.get(sku)));
      else missing.push(sku);
    }
    return { ok: true, value: { items, missing } };
  };
}
