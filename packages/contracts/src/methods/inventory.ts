import { z } from 'zod';
import { defineMethod, defineStream } from '../define.ts';
import { sku, version } from '../values.ts';

export const stock = z
  .strictObject({
    sku,
    available: z.int().min(0),
    held: z.int().min(0).meta({ description: 'Reserved for orders that are not finished' }),
    committed: z.int().min(0).meta({ description: 'Sold' }),
    version,
  })
  .meta({ id: 'Stock' });
export type Stock = z.infer<typeof stock>;

export const stockLevel = z
  .strictObject({ sku, available: z.int().min(0), version })
  .meta({ id: 'StockLevel' });
export type StockLevel = z.infer<typeof stockLevel>;

export const restockQuantity = z.int().min(1).max(1_000_000);

export const inventoryMethods = {
  'get-stock': defineMethod(z.strictObject({ sku }), stock),
  'get-stocks': defineMethod(
    z.strictObject({ skus: z.array(sku).min(1).max(100) }),
    z.strictObject({ items: z.array(stock), missing: z.array(sku) }),
  ),
  /** The same `idempotencyKey` has one effect. */
  restock: defineMethod(
    z.strictObject({ sku, quantity: restockQuantity, idempotencyKey: z.string().max(255).optional() }),
    stock,
  ),
  /** Levels of the named SKUs (all when none is named) as they change, from now on. */
  'watch-stock': defineStream(z.strictObject({ skus: z.array(sku).max(100).optional() }), stockLevel),
} as const;
