import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { CacheChange } from '@ecommercestack/contracts';
import { changesFor } from './product-changes.ts';

async function told(type: string, data: unknown) {
  const changes: CacheChange[] = [];
  const subscription = changesFor({ cacheChanged: (change) => void changes.push(change) });
  const message = {
    id: '1',
    topic: subscription.topic,
    key: 'TEA-1',
    time: '',
    source: 'catalog',
    type,
    data,
  };
  return { changes, delivery: await subscription.handle(message) };
}
const time = '2026-01-01T00:00:00.000Z';
const product = {
  sku: 'TEA-1',
  name: 'Sencha',
  description: '',
  category: 'tea',
  brand: 'Uji',
  price: { amount: 1_290, currency: 'EUR' },
  tags: [],
  attributes: {},
  version: 3,
  createdAt: time,
  updatedAt: time,
};

describe('what the gateway is told of the catalog', () => {
  for (const [type, data] of [
    ['product-created', { product }],
    ['product-updated', { product }],
    ['product-deleted', { sku: 'TEA-1', version: 3 }],
  ] as const) {
    it(`is the version that a ${type} leads to`, async () => {
      const { changes, delivery } = await told(type, data);
      assert.deepEqual(changes, [{ products: [['TEA-1', 3]], generation: 0 }]);
      assert.deepEqual(delivery, { kind: 'ack' });
    });
  }

  it('is nothing of what it cannot read', async () => {
    for (const type of ['product-updated', 'product-eaten']) {
      const { changes, delivery } = await told(type, { nonsense: true });
      assert.deepEqual([changes, delivery], [[], { kind: 'ack', as: 'refused' }]);
    }
  });
});
