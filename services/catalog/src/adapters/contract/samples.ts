/** Products for the contract suites: generated ones from a small world, so that filters and facets meet. */
import type { ProductFields, ProductSnapshot } from '@ecommercestack/contracts';
import fc from 'fast-check';
import type { KnownProduct } from '../../domain/product.ts';
import type { Filters } from '../../domain/search.ts';

export function productFields(sku: string, fields: Partial<ProductFields> = {}): ProductFields {
  return {
    sku,
    name: `Product ${sku}`,
    description: '',
    category: 'tea',
    brand: 'Kettle & Leaf',
    price: { amount: 990, currency: 'EUR' },
    tags: [],
    attributes: {},
    ...fields,
  };
}

export function listed(
  sku: string,
  version = 1,
  fields: Partial<ProductFields> & { readonly createdAt?: string } = {},
): KnownProduct & { readonly status: 'listed' } {
  const createdAt = fields.createdAt ?? '2026-01-01T00:00:00.000Z';
  const product = { ...productFields(sku, fields), version, createdAt, updatedAt: createdAt };
  return { status: 'listed', product };
}

export function withdrawn(sku: string, version: number): KnownProduct {
  return { status: 'withdrawn', sku, version };
}

const words = ['Sencha', 'Café', 'Kettle', 'copper', 'Lamp', 'oak', 'linen', 'Ångström'] as const;
const categories = ['tea', 'coffee', 'home-lighting', 'garden'] as const;
const brands = ['Kettle & Leaf', 'Nordhaus', "O'Neill"] as const;
/** Both sides of each bound of the price facet. */
const amounts = [0, 999, 1_000, 2_499, 2_500, 4_999, 5_000, 9_999, 10_000, 24_999, 25_000, 99_900] as const;

const text = (max: number) =>
  fc.array(fc.constantFrom(...words), { minLength: 1, maxLength: max }).map((chosen) => chosen.join(' '));

export const anyProduct: fc.Arbitrary<Omit<ProductSnapshot, 'sku'>> = fc.record({
  version: fc.constant(1),
  name: text(3),
  description: text(4),
  category: fc.constantFrom(...categories),
  brand: fc.constantFrom(...brands),
  price: fc.record({ amount: fc.constantFrom(...amounts), currency: fc.constant('EUR') }),
  tags: fc.uniqueArray(fc.constantFrom('new', 'gift', 'organic'), { maxLength: 2 }),
  attributes: fc.constant({}),
  // Few distinct times, so that ties are broken.
  createdAt: fc.constantFrom(
    '2026-01-01T00:00:00.000Z',
    '2026-01-01T00:00:00.001Z',
    '2026-02-01T09:30:00.500Z',
  ),
  updatedAt: fc.constant('2026-03-01T00:00:00.000Z'),
});

/** Mostly absent: six filters at once find nothing. */
const seldom = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.oneof({ weight: 2, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: value });

const anyFilterValues: fc.Arbitrary<{ [K in keyof Filters]?: Filters[K] | undefined }> = fc.record({
  text: seldom(fc.constantFrom('sencha', 'cafe', 'KETTLE', 'copper sencha', 'ang', 'lin', 'nothing')),
  category: seldom(fc.constantFrom(...categories)),
  brand: seldom(fc.constantFrom(...brands)),
  minPrice: seldom(fc.constantFrom(...amounts)),
  maxPrice: seldom(fc.constantFrom(...amounts)),
  inStock: seldom(fc.boolean()),
});

export const anyFilters: fc.Arbitrary<Filters> = anyFilterValues.map((filters) =>
  Object.fromEntries(Object.entries(filters).filter(([, value]) => value !== undefined)),
);
