import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { mergeMetrics } from './merged-metrics.ts';

const orders = (count: number) =>
  [
    '# HELP orders_total Orders.',
    '# TYPE orders_total counter',
    `orders_total{service="order",kind="a b"} ${count}`,
    '',
  ].join('\n');

describe('the metrics of all processes', () => {
  test('stand in one family each, told apart by their instance', () => {
    const merged = mergeMetrics(
      new Map([
        ['order-1', orders(1)],
        ['order-2', orders(2)],
      ]),
    );
    assert.equal(
      merged,
      [
        '# HELP orders_total Orders.',
        '# TYPE orders_total counter',
        'orders_total{instance="order-1",service="order",kind="a b"} 1',
        'orders_total{instance="order-2",service="order",kind="a b"} 2',
        '',
      ].join('\n'),
    );
  });

  test('get their label whether they have others or none', () => {
    const page = '# HELP up Up.\n# TYPE up gauge\nup 1\nup{} 2\n';
    assert.deepEqual(
      mergeMetrics(new Map([['a', page]]))
        .split('\n')
        .slice(2, 4),
      ['up{instance="a"} 1', 'up{instance="a"} 2'],
    );
  });

  test('of the command itself stay as they are', () => {
    assert.equal(mergeMetrics(new Map([['', orders(3)]])), orders(3));
  });
});
