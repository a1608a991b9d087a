import type { ProductInput } from '@ecommercestack/contracts';

export interface SeedProduct {
  readonly product: ProductInput;
  /** Units in stock on the first day. */
  readonly stock: number;
}

export interface Listing {
  readonly sku: string;
  readonly name: string;
  readonly brand: string;
  /** EUR cents. */
  readonly cents: number;
  readonly stock: number;
  readonly description: string;
  readonly tags: readonly string[];
  readonly attributes: Readonly<Record<string, string>>;
}

export function listings(category: string, entries: readonly Listing[]): readonly SeedProduct[] {
  return entries.map(({ cents, stock, tags, attributes, ...fields }) => ({
    product: {
      ...fields,
      category,
      price: { amount: cents, currency: 'EUR' },
      tags: [...tags],
      attributes: { ...attributes },
    },
    stock,
  }));
}
