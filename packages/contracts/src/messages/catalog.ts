/** What the catalog announces. Each event carries the whole product, so that a reader needs no second look. */
import { z } from 'zod';
import { defineMessage, type MessageOf } from '../define.ts';
import { sku, timestamp, version } from '../values.ts';
import { productFields } from '../product.ts';

const EVENTS = 'catalog.events';

export const productSnapshot = productFields.extend({
  version,
  createdAt: timestamp,
  updatedAt: timestamp,
});
export type ProductSnapshot = z.infer<typeof productSnapshot>;

export const catalogEvents = {
  productCreated: defineMessage(EVENTS, 'product-created', z.strictObject({ product: productSnapshot })),
  productUpdated: defineMessage(EVENTS, 'product-updated', z.strictObject({ product: productSnapshot })),
  productDeleted: defineMessage(EVENTS, 'product-deleted', z.strictObject({ sku, version })),
} as const;
export type CatalogEvent = MessageOf<(typeof catalogEvents)[keyof typeof catalogEvents]>;
