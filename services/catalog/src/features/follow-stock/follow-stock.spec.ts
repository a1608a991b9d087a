import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stockLevelChanged } from '@ecommercestack/contracts';
import type { StockLevel } from '../../domain/announcement.ts';
import { createMemorySearchIndex } from '../../adapters/memory/search-index.ts';
import { createFollowStock } from './follow-stock.ts';

const message = (data: unknown, type: string = stockLevelChanged.type) => ({
  id: '1',
  topic: stockLevelChanged.topic,
  key: 'TEA-1',
  type,
  time: '2030-01-01T00:00:00.000Z',
  source: 'inventory',
  data,
});

test('stock levels are followed to the newest, and a repeat is told from news', async () => {
  const told: StockLevel[] = [];
  const { subscription } = createFollowStock(createMemorySearchIndex(), (levels) => told.push(...levels));
  const level = (version: number) => message({ sku: 'TEA-1', available: 7, version });
  assert.deepEqual(await subscription.handle(level(2)), { kind: 'ack' });
  assert.deepEqual(await subscription.handle(level(2)), { kind: 'ack', as: 'duplicate' });
  assert.deepEqual(await subscription.handle(level(1)), { kind: 'ack', as: 'duplicate' });
  assert.deepEqual(await subscription.handle(level(3)), { kind: 'ack' });
  assert.equal(told.at(-1)?.version, 3);
});

test('what is no stock level is set aside', async () => {
  const { subscription } = createFollowStock(createMemorySearchIndex(), () => undefined);
  for (const strange of [message({ sku: 'TEA-1' }), message({}, 'other')]) {
    assert.equal((await subscription.handle(strange)).kind, 'drop');
  }
});
