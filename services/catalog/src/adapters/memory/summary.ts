import type { ProductSnapshot } from '@ecommercestack/contracts';
import { orderFacet, priceRanges } from '../../domain/search.ts';
import type { Filters, Summary } from '../../domain/search.ts';
import { matches } from './matching.ts';

export type StockedProduct = ProductSnapshot & { readonly available: number };

/** Counts by brute force: each facet over the products that all filters but its own let through. */
export function summariseProducts(products: readonly StockedProduct[], filters: Filters): Summary {
  const find = (narrowed: Filters) =>
    products.filter((product) => matches(product, narrowed, product.available));
  const { category: _category, ...anyCategory } = filters;
  const { brand: _brand, ...anyBrand } = filters;
  const { minPrice: _minPrice, maxPrice: _maxPrice, ...anyPrice } = filters;
  const { inStock: _inStock, ...anyStock } = filters;
  return {
    total: find(filters).length,
    facets: {
      category: orderFacet(countBy(find(anyCategory), ({ category }) => category)),
      brand: orderFacet(countBy(find(anyBrand), ({ brand }) => brand)),
      price: priceRanges.flatMap((range) => {
        const { from, to = Number.POSITIVE_INFINITY } = range;
        const count = find(anyPrice).filter(({ price }) => price.amount >= from && price.amount <= to).length;
        return count === 0 ? [] : [{ ...range, count }];
      }),
      inStock: find(anyStock).filter(({ available }) => available > 0).length,
    },
  };
}

function countBy<T>(items: readonly T[], value: (item: T) => string): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const item of items) counts.set(value(item), (counts.get(value(item)) ?? 0) + 1);
  return counts;
}
