import type { CatalogEvent, Product, ProductSnapshot } from '@ecommercestack/contracts';
import type { KnownProduct, ProductEvent } from './product.ts';

/** The message that announces an event: it carries the whole product, so that no reader needs a second look. */
export function announcementOf(event: ProductEvent, after: KnownProduct): CatalogEvent {
  if (after.status === 'withdrawn') {
    return { type: 'product-deleted', data: { sku: after.sku, version: after.version } };
  }
  const type = event.type === 'product-created' ? 'product-created' : 'product-updated';
  return { type, data: { product: after.product } };
}

/** The state of the product right after the announced event. */
export function stateAfter(announcement: CatalogEvent): KnownProduct {
  if (announcement.type === 'product-deleted') return { status: 'withdrawn', ...announcement.data };
  return { status: 'listed', product: announcement.data.product };
}

/** The last stock level the inventory announced. */
export interface StockLevel {
  readonly sku: string;
  readonly available: number;
  readonly version: number;
}

/** A product whose stock is not yet known says nothing about it. */
export function withStock(product: ProductSnapshot, level: StockLevel | undefined): Product {
  if (level === undefined) return product;
  return { ...product, inStock: level.available > 0, available: level.available };
}
