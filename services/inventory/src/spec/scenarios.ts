/** Given a world, when a command arrives, then exactly this decision: the vocabulary of the decider's specs. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Command, Decision, Restock, World } from '../domain/command.ts';
import { restockId } from '../domain/command.ts';
import { decide } from '../domain/decide.ts';
import type { Reservation } from '../domain/reservation.ts';
import type { Stock } from '../domain/stock.ts';

const orderId = '0198c0de-0000-7000-8000-000000000001';
export const noon = new Date('2026-01-01T12:00:00.000Z');
export const later = (seconds: number) => new Date(noon.getTime() + seconds * 1_000);
export const expiresAt = later(600);
export const lines = [
  { sku: 'CUP', quantity: 1 },
  { sku: 'TEA', quantity: 2 },
];

export const stock = (sku: string, available: number, held = 0, committed = 0): Stock => ({
  sku,
  available,
  held,
  committed,
  restocked: available + held + committed,
  version: 7,
});

export const world = (stocks: readonly Stock[], reservation?: Reservation, restock?: Restock): World => ({
  stocks: new Map(stocks.map((row) => [row.sku, row])),
  reservations: new Map(reservation === undefined ? [] : [[orderId, reservation]]),
  restocks: new Map(restock === undefined ? [] : [[restockId(restock), restock]]),
});

export const held: Reservation = { state: 'held', lines, expiresAt };
export const shelf = [stock('CUP', 5), stock('TEA', 5)];
export const shelfHeld = [stock('CUP', 4, 1), stock('TEA', 3, 2)];
export const shelfSold = [stock('CUP', 4, 0, 1), stock('TEA', 3, 0, 2)];

export const reserve: Extract<Command, { readonly kind: 'reserve' }> = {
  kind: 'reserve',
  orderId,
  lines,
  at: noon,
  expiresAt,
};
export const command = (kind: 'commit' | 'release' | 'expire', at = noon): Command => ({
  kind,
  orderId,
  lines,
  at,
});

export interface Scenario {
  readonly name: string;
  readonly given: World;
  readonly when: Command;
  readonly expected: Decision;
}

export const reserved = {
  type: 'stock-reserved',
  data: { orderId, expiresAt: expiresAt.toISOString() },
} as const;
export const committed = { type: 'reservation-committed', data: { orderId } } as const;
export const released = { type: 'reservation-released', data: { orderId } } as const;
export const expired = { type: 'reservation-expired', data: { orderId } } as const;
export const refused = (reason: 'out-of-stock' | 'unknown-product' | 'released', skus: string[]) =>
  ({ type: 'stock-refused', data: { orderId, reason, skus } }) as const;
export const commitRefused = (reason: 'expired' | 'released' | 'not-reserved') =>
  ({ type: 'commit-refused', data: { orderId, reason } }) as const;
export const backOnShelf = [stock('CUP', 5), stock('TEA', 5)];

export function verify(suite: string, scenarios: readonly Scenario[]): void {
  void describe(suite, () => {
    for (const { name, given, when, expected } of scenarios) {
      void it(name, () => assert.deepEqual(decide(when, given), expected));
    }
  });
}
