/** Any command on three SKUs and seven orders, for property tests. */
import * as fc from 'fast-check';
import type { Command, World } from '../domain/command.ts';

const epoch = Date.UTC(2026, 0, 1);
export const at = (second: number) => new Date(epoch + second * 1_000);
export const nothing: World = { stocks: new Map(), reservations: new Map(), restocks: new Map() };
const skus = ['A', 'B', 'C'] as const;

/** What an order wants never changes, so it follows from its number. */
export const linesOf = (order: number) =>
  skus.flatMap((sku, index) =>
    ((order + 1) >> index) % 2 === 1 ? [{ sku, quantity: 1 + ((order * 7 + index) % 3) }] : [],
  );
export const orderOf = (order: number) => `00000000-0000-7000-8000-${String(order).padStart(12, '0')}`;

export const order = fc.nat({ max: 6 });
const second = fc.nat({ max: 100 });
export const command: fc.Arbitrary<Command> = fc.oneof(
  { weight: 3, arbitrary: fc.tuple(order, second).map(([n, s]) => reserve(n, s)) },
  {
    weight: 4,
    arbitrary: fc
      .tuple(fc.constantFrom('commit' as const, 'release' as const, 'expire' as const), order, second)
      .map(([kind, n, s]) => ({ kind, orderId: orderOf(n), lines: linesOf(n), at: at(s) })),
  },
  {
    weight: 2,
    arbitrary: fc
      .tuple(fc.constantFrom(...skus), fc.integer({ min: 1, max: 6 }), fc.nat({ max: 9 }))
      .map(([sku, quantity, key]) => ({
        kind: 'restock' as const,
        restock: { actor: 'ada', key: `${key}`, sku, quantity, at: at(0) },
      })),
  },
  { weight: 1, arbitrary: fc.constantFrom(...skus).map((sku) => ({ kind: 'introduce' as const, sku })) },
);

export function reserve(n: number, s: number): Command {
  return { kind: 'reserve', orderId: orderOf(n), lines: linesOf(n), at: at(s), expiresAt: at(s + 20) };
}
