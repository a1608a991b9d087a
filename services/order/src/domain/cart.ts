/** What somebody means to buy. Prices and stock are never kept: a cart is shown at those of the moment. */
import { NO_CART, type Cart, type CartItem, type CartLine, type Product } from '@ecommercestack/contracts';
import { MAX_AMOUNT, price } from './pricing.ts';

export interface StoredCart {
  /** Names one write of one cart, and is never used again. */
  readonly version: string;
  /** Each SKU once. */
  readonly items: readonly CartItem[];
  /** RFC 3339. */
  readonly expiresAt: string;
}

export type CartProduct = Pick<Product, 'sku' | 'name' | 'price' | 'available'>;

/** `products`: those of the cart's SKUs that the catalog sells now. */
export function viewOfCart(cart: StoredCart | undefined, products: readonly CartProduct[]): Cart {
  if (cart === undefined) return { version: NO_CART, lines: [], orderable: false };
  const bySku = new Map(products.map((product) => [product.sku, product]));
  const lines = cart.items.map((item) => lineOf(item, bySku.get(item.sku)));
  const priced = price(
    cart.items.filter(({ sku }) => bySku.has(sku)),
    products,
    undefined,
  );
  return {
    version: cart.version,
    lines,
    ...(priced.kind === 'priced' && { total: priced.total }),
    orderable: priced.kind === 'priced' && lines.every(isOrderable),
    expiresAt: cart.expiresAt,
  };
}

/** SKUs that cannot be put into the cart. What was there before may stay: its owner sees that it was withdrawn. */
export function unsoldItems(
  items: readonly CartItem[],
  before: StoredCart | undefined,
  products: readonly CartProduct[],
): readonly string[] {
  const allowed = new Set([...products, ...(before?.items ?? [])].map(({ sku }) => sku));
  return items.map(({ sku }) => sku).filter((sku) => !allowed.has(sku));
}

function lineOf(item: CartItem, product: CartProduct | undefined): CartLine {
  if (product === undefined) return { ...item, availability: 'withdrawn' };
  const { name, price: unitPrice, available } = product;
  const amount = unitPrice.amount * item.quantity;
  return {
    ...item,
    availability: availabilityOf(item, available),
    ...(available !== undefined && { available }),
    name,
    unitPrice,
    ...(amount <= MAX_AMOUNT && { lineTotal: { amount, currency: unitPrice.currency } }),
  };
}

function availabilityOf({ quantity }: CartItem, available: number | undefined): CartLine['availability'] {
  if (available === undefined) return 'unknown';
  if (available === 0) return 'out-of-stock';
  return available < quantity ? 'too-few' : 'in-stock';
}

function isOrderable({ availability }: CartLine): boolean {
  return availability === 'in-stock' || availability === 'unknown';
}
