/** The people that journeys are about, at one running platform. */
import assert from 'node:assert/strict';
import { Client } from './client.ts';
import type { Platform } from './platform.ts';

export interface Shop {
  readonly platform: Platform;
  readonly guest: Client;
  readonly admin: Client;
  readonly ada: Client;
  readonly bob: Client;
  /** Adds a product and, unless `stock` is 0, that many units of it. The price is in cents of a euro. */
  addProduct(sku: string, stock: number, price?: number): Promise<void>;
}

export async function openShop(platform: Platform): Promise<Shop> {
  const tokens = await platform.tokens(['ada', 'bob']);
  const guest = new Client(platform.access.url);
  const admin = guest.as(platform.access.adminToken);
  return {
    platform,
    guest,
    admin,
    ada: guest.as(tokens.get('ada')),
    bob: guest.as(tokens.get('bob')),
    addProduct: async (sku, stock, price = 1_250) => {
      const created = await admin.post('/api/products', {
        sku,
        name: `Test product ${sku}`,
        category: 'test',
        brand: 'Acme',
        price: { amount: price, currency: 'EUR' },
      });
      assert.equal(created.status, 201, JSON.stringify(created.body));
      if (stock === 0) return;
      const restocked = await admin.post(`/api/inventory/${sku}/restock`, { quantity: stock });
      assert.equal(restocked.status, 200, JSON.stringify(restocked.body));
    },
  };
}
