/** What an order costs: catalog prices, repeated lines added up, one currency, no overflow. */
import type { Money, OrderLine, OrderRequest, Product } from '@ecommercestack/contracts';

/** The largest amount that money may hold anywhere in the platform, in minor units. */
export const MAX_AMOUNT = 1_000_000_000_000;

export type Priced =
  | { readonly kind: 'priced'; readonly lines: readonly OrderLine[]; readonly total: Money }
  | { readonly kind: 'unknown-product'; readonly skus: readonly string[] }
  | { readonly kind: 'mixed-currency'; readonly currencies: readonly string[] }
  | { readonly kind: 'currency-mismatch'; readonly soldIn: string }
  | { readonly kind: 'too-large' };

type Item = OrderRequest['items'][number];
export type PricedProduct = Pick<Product, 'sku' | 'name' | 'price'>;

/** Each SKU once, in the order of its first mention; quantities of repeated lines are added up. */
export function mergeItems(items: readonly Item[]): readonly Item[] {
  const quantities = new Map<string, number>();
  for (const { sku, quantity } of items) quantities.set(sku, (quantities.get(sku) ?? 0) + quantity);
  return [...quantities].map(([sku, quantity]) => ({ sku, quantity }));
}

/** `items` with each SKU once; `wanted` is the currency the customer insists on, if any. */
export function price(
  items: readonly Item[],
  products: readonly PricedProduct[],
  wanted: string | undefined,
): Priced {
  const bySku = new Map(products.map((product) => [product.sku, product]));
  const unknown = items.filter(({ sku }) => !bySku.has(sku)).map(({ sku }) => sku);
  if (unknown.length > 0) return { kind: 'unknown-product', skus: unknown };
  const lines = items.flatMap((item) => {
    const product = bySku.get(item.sku);
    return product === undefined ? [] : [lineOf(item, product)];
  });
  const currencies = [...new Set(lines.map((line) => line.unitPrice.currency))];
  const [currency] = currencies;
  if (currency === undefined || currencies.length > 1) return { kind: 'mixed-currency', currencies };
  if (wanted !== undefined && wanted !== currency) return { kind: 'currency-mismatch', soldIn: currency };
  // A line is at most 1e12 × 49,950: beyond exact integers, but never rounded below the limit it is held to.
  const amount = lines.reduce((sum, line) => sum + line.lineTotal.amount, 0);
  return amount > MAX_AMOUNT ? { kind: 'too-large' } : { kind: 'priced', lines, total: { amount, currency } };
}

function lineOf({ sku, quantity }: Item, { name, price: unitPrice }: PricedProduct): OrderLine {
  const lineTotal = { amount: unitPrice.amount * quantity, currency: unitPrice.currency };
  return { sku, name, quantity, unitPrice, lineTotal };
}
