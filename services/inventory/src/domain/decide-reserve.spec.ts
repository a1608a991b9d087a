import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  later,
  expiresAt,
  lines,
  stock,
  world,
  held,
  shelf,
  shelfHeld,
  shelfSold,
  reserve,
  reserved,
  expired,
  refused,
  backOnShelf,
  verify,
} from '../spec/scenarios.ts';
import { decide, LinesDifferError } from './decide.ts';

verify('reserve', [
  {
    name: 'takes every line when all are there',
    given: world(shelf),
    when: reserve,
    expected: { result: { kind: 'reserved' }, events: [reserved], stocks: shelfHeld, reservation: held },
  },
  {
    name: 'adds repeated lines up before it looks',
    given: world([stock('TEA', 3)]),
    when: {
      ...reserve,
      lines: [
        { sku: 'TEA', quantity: 2 },
        { sku: 'TEA', quantity: 2 },
      ],
    },
    expected: {
      result: { kind: 'reserve-refused', reason: 'out-of-stock' },
      events: [refused('out-of-stock', ['TEA'])],
      stocks: [],
      reservation: {
        state: 'refused',
        lines: [{ sku: 'TEA', quantity: 4 }],
        reason: 'out-of-stock',
        skus: ['TEA'],
      },
    },
  },
  {
    name: 'takes nothing when one line is missing',
    given: world([stock('CUP', 5), stock('TEA', 1)]),
    when: reserve,
    expected: {
      result: { kind: 'reserve-refused', reason: 'out-of-stock' },
      events: [refused('out-of-stock', ['TEA'])],
      stocks: [],
      reservation: { state: 'refused', lines, reason: 'out-of-stock', skus: ['TEA'] },
    },
  },
  {
    name: 'names the unknown products, not those out of stock',
    given: world([stock('TEA', 0)]),
    when: reserve,
    expected: {
      result: { kind: 'reserve-refused', reason: 'unknown-product' },
      events: [refused('unknown-product', ['CUP'])],
      stocks: [],
      reservation: { state: 'refused', lines, reason: 'unknown-product', skus: ['CUP'] },
    },
  },
  {
    name: 'is answered again while held',
    given: world(shelfHeld, held),
    when: { ...reserve, at: later(60), expiresAt: later(660) },
    expected: { result: { kind: 'reserved' }, events: [reserved], stocks: [] },
  },
  {
    name: 'is answered again when sold',
    given: world(shelfSold, { state: 'committed', lines, expiresAt }),
    when: { ...reserve, at: later(900) },
    expected: { result: { kind: 'reserved' }, events: [reserved], stocks: [] },
  },
  {
    name: 'stays refused when stock has arrived since',
    given: world(shelf, { state: 'refused', lines, reason: 'out-of-stock', skus: ['TEA'] }),
    when: reserve,
    expected: {
      result: { kind: 'reserve-refused', reason: 'out-of-stock' },
      events: [refused('out-of-stock', ['TEA'])],
      stocks: [],
    },
  },
  {
    name: 'is refused after a release that overtook it',
    given: world(shelf, { state: 'released', lines }),
    when: reserve,
    expected: {
      result: { kind: 'reserve-refused', reason: 'released' },
      events: [refused('released', [])],
      stocks: [],
    },
  },
  {
    name: 'never revives a hold that is over',
    given: world(shelfHeld, held),
    when: { ...reserve, at: expiresAt },
    expected: {
      result: { kind: 'reserve-refused', reason: 'released' },
      events: [expired, refused('released', [])],
      stocks: backOnShelf,
      reservation: { state: 'expired', lines },
    },
  },
]);

void test('a command with other lines than the reservation has is a mistake', () => {
  const other = { ...reserve, lines: [{ sku: 'TEA', quantity: 2 }] };
  assert.throws(() => decide(other, world(shelfHeld, held)), LinesDifferError);
});
