/** Commands for specs that need a database. */
import { randomUUID } from 'node:crypto';
import type { StockLine } from '@ecommercestack/contracts';
import type { StockMessage } from '../ports.ts';

export const noon = new Date('2030-01-01T12:00:00.000Z');
export const minutesLater = (minutes: number): Date => new Date(noon.getTime() + minutes * 60_000);

export function restock(sku: string, quantity: number): StockMessage {
  const restock = { actor: 'admin', key: randomUUID(), sku, quantity, at: noon };
  return { command: { kind: 'restock', restock } };
}

export function reserve(orderId: string, lines: readonly StockLine[], at = noon): StockMessage {
  const expiresAt = new Date(at.getTime() + 10 * 60_000);
  return { messageId: randomUUID(), command: { kind: 'reserve', orderId, lines, at, expiresAt } };
}

export function next(
  kind: 'commit' | 'release' | 'expire',
  orderId: string,
  lines: readonly StockLine[],
  at = noon,
): StockMessage {
  return { messageId: randomUUID(), command: { kind, orderId, lines, at } };
}
