import { z } from 'zod';
import { defineMethod } from '../define.ts';
import { money, quantity, sku, timestamp } from '../values.ts';

/** The version of a cart that is not there. */
export const NO_CART = 'none';

/** Letters only, so that no version ever looks like a card number. */
export const cartVersion = z
  .string()
  .regex(/^(none|[a-p]{16})$/)
  .meta({
    description: 'Opaque; another one after every write; `none` when there is no cart',
    example: NO_CART,
  });

export const cartItem = z.strictObject({ sku, quantity });
export type CartItem = z.infer<typeof cartItem>;

export const cartRequest = z
  .strictObject({
    items: z
      .array(cartItem)
      .max(50)
      .refine((items) => new Set(items.map((item) => item.sku)).size === items.length, 'name each SKU once'),
  })
  .meta({ id: 'CartRequest' });
export type CartRequest = z.infer<typeof cartRequest>;

export const cartLine = z
  .strictObject({
    sku,
    quantity,
    availability: z.enum(['in-stock', 'too-few', 'out-of-stock', 'unknown', 'withdrawn']).meta({
      description:
        'By the last known stock level; `withdrawn`: the catalog no longer sells it, so it has no price',
    }),
    available: z.int().min(0).optional().meta({ description: 'Last known stock level' }),
    name: z.string().optional(),
    unitPrice: money.optional(),
    lineTotal: money.optional(),
  })
  .meta({ id: 'CartLine' });
export type CartLine = z.infer<typeof cartLine>;

export const cart = z
  .strictObject({
    version: cartVersion,
    lines: z.array(cartLine),
    total: money.optional().meta({
      description:
        'Of the lines that have a price; absent when there is none, or they are of several currencies',
    }),
    orderable: z
      .boolean()
      .meta({ description: 'As far as is known, an order of these lines would be accepted' }),
    expiresAt: timestamp.optional().meta({ description: 'Every write puts it off' }),
  })
  .meta({ id: 'Cart' });
export type Cart = z.infer<typeof cart>;

/** The version that the caller has seen. A write without one is refused. */
const ifVersion = cartVersion.optional();

/** The cart of the caller, a customer or a guest, at the prices of the catalog at the time of reading. */
export const cartMethods = {
  'get-cart': defineMethod(z.strictObject({}), cart),
  'put-cart': defineMethod(cartRequest.extend({ ifVersion }), cart),
  'delete-cart': defineMethod(z.strictObject({ ifVersion }), cart),
} as const;
