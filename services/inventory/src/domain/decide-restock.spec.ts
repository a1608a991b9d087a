import type { Restock } from './command.ts';
import { noon, later, stock, world, verify } from '../spec/scenarios.ts';

const restock: Restock = { actor: 'ada', key: 'k1', sku: 'TEA', quantity: 10, at: noon };
verify('restock', [
  {
    name: 'adds units',
    given: world([stock('TEA', 3, 2)]),
    when: { kind: 'restock', restock },
    expected: { result: { kind: 'restocked' }, events: [], stocks: [stock('TEA', 13, 2)], restock },
  },
  {
    name: 'may come before the product is announced',
    given: world([]),
    when: { kind: 'restock', restock },
    expected: {
      result: { kind: 'restocked' },
      events: [],
      stocks: [{ ...stock('TEA', 10), version: 0 }],
      restock,
    },
  },
  {
    name: 'has one effect per key',
    given: world([stock('TEA', 13)], undefined, restock),
    when: { kind: 'restock', restock: { ...restock, at: later(5) } },
    expected: { result: { kind: 'restocked' }, events: [], stocks: [] },
  },
  {
    name: 'refuses a key that meant something else',
    given: world([stock('TEA', 13)], undefined, restock),
    when: { kind: 'restock', restock: { ...restock, quantity: 11 } },
    expected: { result: { kind: 'key-reused' }, events: [], stocks: [] },
  },
  {
    name: 'keeps the keys of different people apart',
    given: world([stock('TEA', 13)], undefined, restock),
    when: { kind: 'restock', restock: { ...restock, actor: 'bob' } },
    expected: {
      result: { kind: 'restocked' },
      events: [],
      stocks: [stock('TEA', 23)],
      restock: { ...restock, actor: 'bob' },
    },
  },
  {
    name: 'an announced product starts at zero',
    given: world([]),
    when: { kind: 'introduce', sku: 'TEA' },
    expected: { result: { kind: 'nothing' }, events: [], stocks: [{ ...stock('TEA', 0), version: 0 }] },
  },
  {
    name: 'a product announced again keeps its stock',
    given: world([stock('TEA', 4)]),
    when: { kind: 'introduce', sku: 'TEA' },
    expected: { result: { kind: 'nothing' }, events: [], stocks: [] },
  },
]);
