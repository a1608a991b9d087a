/** A product as an administrator writes it. A variant (size, colour) is a product with its own SKU. */
import { z } from 'zod';
import { money, sku, text } from './values.ts';

export const category = z
  .string()
  .regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, 'kebab-case')
  .max(60)
  .meta({ example: 'tea' });

export const productFields = z.strictObject({
  sku,
  name: text(1, 200),
  description: text(0, 5_000),
  category,
  brand: text(1, 100),
  price: money,
  tags: z.array(text(1, 50)).max(20),
  attributes: z
    .record(text(1, 50), text(0, 200))
    .refine((attributes) => Object.keys(attributes).length <= 30, 'at most 30 attributes'),
});
export type ProductFields = z.infer<typeof productFields>;

export const productInput = productFields
  .partial({ description: true, tags: true, attributes: true })
  .meta({ id: 'ProductInput' });
export type ProductInput = z.infer<typeof productInput>;

/** Any field but the SKU; at least one. */
export const productPatch = productFields
  .omit({ sku: true })
  .partial()
  .refine((patch) => Object.keys(patch).length > 0, 'name at least one field to change')
  .meta({ id: 'ProductPatch' });
export type ProductPatch = z.infer<typeof productPatch>;
