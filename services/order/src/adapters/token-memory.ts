/** Payment tokens of the orders that this process has placed, until their payment has answered. */
import { createRecentMap } from '@ecommercestack/event-store';

export interface TokenMemory {
  /** Undefined unless all of them are remembered. */
  find(orderIds: readonly string[]): Map<string, string> | undefined;
  /** What a transaction has committed. */
  keep(added: ReadonlyMap<string, string>, settled: readonly string[]): void;
  forget(): void;
}

const mostTokens = 5_000;

export function createTokenMemory(): TokenMemory {
  const kept = createRecentMap<string>(mostTokens);
  return {
    find(orderIds) {
      const found = new Map<string, string>();
      for (const orderId of orderIds) {
        const token = kept.get(orderId);
        if (token === undefined) return undefined;
        found.set(orderId, token);
      }
      return found;
    },
    keep(added, settled) {
      for (const [orderId, token] of added) kept.set(orderId, token);
      for (const orderId of settled) kept.delete(orderId);
    },
    forget: () => kept.clear(),
  };
}
