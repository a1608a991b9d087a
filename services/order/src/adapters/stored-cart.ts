import { cartItem, cartVersion, timestamp } from '@ecommercestack/contracts';
import { z } from 'zod';
import type { StoredCart } from '../domain/cart.ts';

const schema = z.object({ version: cartVersion, items: z.array(cartItem), expiresAt: timestamp });

/** A cart from a store that is not ours alone; throws where it is none. */
export function parseCart(value: unknown): StoredCart {
  return schema.parse(value);
}
