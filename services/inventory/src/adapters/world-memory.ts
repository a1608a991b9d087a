/** Stock and held reservations as this process has left them. */
import { createRecentMap, type ProcessorMemory } from '@ecommercestack/event-store';
import type { Command, World } from '../domain/command.ts';
import type { Answer } from '../domain/decide-batch.ts';
import type { Reservation } from '../domain/reservation.ts';
import type { Stock } from '../domain/stock.ts';
import type { StockMessage } from '../ports.ts';
import { skusOf } from './read-world.ts';

export interface WorldMemory extends ProcessorMemory<StockMessage, Answer, World> {
  /** What a transaction has committed. */
  keep(world: World): void;
}

interface Recalled extends World {
  readonly stocks: Map<string, Stock>;
  readonly reservations: Map<string, Reservation>;
}

const mostSkus = 20_000;
const mostReservations = 10_000;

/**
 * For orders that are reserved and committed without refusal. What is written then fails where the memory is wrong: the rows of a
 * reservation must not be there yet or still be held, the stock must still have its version and enough of what is taken.
 */
export function createWorldMemory(): WorldMemory {
  const stocks = createRecentMap<Stock>(mostSkus);
  const held = createRecentMap<Reservation>(mostReservations);

  function recallOne(command: Command, world: Recalled): boolean {
    if (command.kind !== 'reserve' && command.kind !== 'commit') return false;
    const reservation = held.get(command.orderId);
    if (reservation !== undefined) world.reservations.set(command.orderId, reservation);
    else if (command.kind === 'commit') return false;
    return skusOf(command).every((sku) => {
      const stock = stocks.get(sku);
      if (stock !== undefined) world.stocks.set(sku, stock);
      return stock !== undefined;
    });
  }

  return {
    recall(messages) {
      const world: Recalled = { stocks: new Map(), reservations: new Map(), restocks: new Map() };
      return messages.every(({ command }) => recallOne(command, world)) ? { fetched: world } : undefined;
    },
    isGuarded: (answers) =>
      answers.every(
        ({ changed, result }) => changed && (result.kind === 'reserved' || result.kind === 'committed'),
      ),
    keep(world) {
      for (const [sku, stock] of world.stocks) stocks.set(sku, stock);
      for (const [orderId, reservation] of world.reservations) {
        if (reservation.state === 'held') held.set(orderId, reservation);
        else held.delete(orderId);
      }
    },
    forget() {
      stocks.clear();
      held.clear();
    },
  };
}
