/** A product as the fold of its events. */
import type { ProductFields, ProductPatch, ProductSnapshot } from '@ecommercestack/contracts';

export type ProductEvent =
  | { readonly type: 'product-created'; readonly data: { readonly product: ProductFields } }
  /** Only what differs from the version before. */
  | { readonly type: 'product-updated'; readonly data: { readonly changes: ProductPatch } }
  | { readonly type: 'product-deleted'; readonly data: Readonly<Record<never, never>> };

/** A product event as it was committed; `version` counts the events of one SKU from 1. */
export type RecordedProductEvent = ProductEvent & {
  readonly version: number;
  readonly occurredAt: Date;
  readonly actor?: string;
};

export interface ListedProduct {
  readonly status: 'listed';
  readonly product: ProductSnapshot;
}

/** Deleted for good: the SKU stays taken, and its history readable. */
export interface WithdrawnProduct {
  readonly status: 'withdrawn';
  readonly sku: string;
  readonly version: number;
}

/** What has at least one event. */
export type KnownProduct = ListedProduct | WithdrawnProduct;

export type ProductState = { readonly status: 'absent' } | KnownProduct;

export const absent: ProductState = { status: 'absent' };

/** 0 for a product without events. */
export function versionOf(state: ProductState): number {
  switch (state.status) {
    case 'absent':
      return 0;
    case 'listed':
      return state.product.version;
    case 'withdrawn':
      return state.version;
  }
}

export function skuOf(state: KnownProduct): string {
  return state.status === 'listed' ? state.product.sku : state.sku;
}
