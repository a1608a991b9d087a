/** What the events of the catalog say of a product. */
import type { ProductSnapshot } from '@ecommercestack/contracts';

const TIME = '2030-01-01T00:00:00.000Z';

export const snapshot = (sku: string): ProductSnapshot => ({
  sku,
  name: `Product ${sku}`,
  description: '',
  category: 'test',
  brand: 'Acme',
  price: { amount: 1_000, currency: 'EUR' },
  tags: [],
  attributes: {},
  version: 1,
  createdAt: TIME,
  updatedAt: TIME,
});
