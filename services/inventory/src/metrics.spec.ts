import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createMetrics, renderMetrics } from '@ecommercestack/kit';
import { decideBatch } from './domain/decide-batch.ts';
import { countAnswer, declareInventoryMetrics } from './metrics.ts';
import { at, linesOf, nothing, orderOf, reserve } from './spec/any-command.ts';

void test('each effect is counted once, a repeat not at all', async () => {
  const metrics = createMetrics({ service: 'inventory' });
  const business = declareInventoryMetrics(metrics);
  const restock = { actor: 'ada', key: 'k', sku: 'A', quantity: 9, at: at(0) };
  const commit = { kind: 'commit', orderId: orderOf(0), lines: linesOf(0), at: at(1) } as const;
  const tooLate = { kind: 'commit', orderId: orderOf(6), lines: linesOf(6), at: at(30) } as const;
  const held = reserve(6, 0);
  const commands = [
    { kind: 'restock', restock } as const,
    ...[restock.sku, 'B', 'C'].map((sku) => ({ kind: 'introduce', sku }) as const),
    reserve(0, 0),
    reserve(0, 1),
    reserve(1, 0),
    commit,
    commit,
    { kind: 'restock', restock: { ...restock, key: 'b', sku: 'B' } } as const,
    { kind: 'restock', restock: { ...restock, key: 'c', sku: 'C' } } as const,
    held,
    tooLate,
    tooLate,
  ];
  for (const answer of decideBatch(commands, nothing).answers) countAnswer(business, answer);
  const { body } = await renderMetrics(metrics.registry);
  const counted = body.split('\n').filter((line) => /^inventory_.*_total.* [1-9]/.test(line));
  assert.deepEqual(counted.toSorted(), [
    'inventory_commits_total{service="inventory",result="committed"} 1',
    'inventory_commits_total{service="inventory",result="expired"} 2',
    'inventory_reservations_expired_total{service="inventory"} 1',
    'inventory_reservations_total{service="inventory",result="out_of_stock"} 1',
    'inventory_reservations_total{service="inventory",result="reserved"} 2',
  ]);
});
