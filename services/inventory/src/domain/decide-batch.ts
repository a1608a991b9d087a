/** Decides a batch first come, first served, and sums up what has to be written. */
import type { InventoryEvent } from '@ecommercestack/contracts';
import type { Command, Decision, Restock, Result, World } from './command.ts';
import { restockId } from './command.ts';
import { decide } from './decide.ts';
import type { Reservation, ReservationState } from './reservation.ts';
import { transitions } from './reservation.ts';
import type { Stock } from './stock.ts';
import { emptyStock } from './stock.ts';

export interface StockChange {
  /** Version 0: the row is new. */
  readonly before: Stock;
  /** One version later where the level changed, however many commands of the batch touched it. */
  readonly after: Stock;
}

/** What watchers see; a sale of held units moves them out of nobody's sight. */
export function levelChanged({ before, after }: StockChange): boolean {
  return after.version !== before.version;
}

export interface ReservationChange {
  readonly orderId: string;
  /** The state it must still be in when it is written; undefined: it must not exist. */
  readonly from: ReservationState | undefined;
  readonly to: Reservation;
}

export interface Answer {
  readonly result: Result;
  readonly events: readonly InventoryEvent[];
  /** False for a repeat, which is only answered again. */
  readonly changed: boolean;
}

export interface Plan {
  /** One per command, in order. */
  readonly answers: readonly Answer[];
  readonly stocks: readonly StockChange[];
  readonly reservations: readonly ReservationChange[];
  readonly restocks: readonly Restock[];
  /** The world after the batch. */
  readonly after: World;
}

export function decideBatch(commands: readonly Command[], world: World): Plan {
  const stocks = new Map(world.stocks);
  const reservations = new Map(world.reservations);
  const restocks = new Map(world.restocks);
  const now: World = { stocks, reservations, restocks };
  const touchedSkus = new Set<string>();
  const touchedOrders = new Set<string>();

  const apply = (command: Command, decision: Decision): void => {
    for (const stock of decision.stocks) {
      stocks.set(stock.sku, stock);
      touchedSkus.add(stock.sku);
    }
    if (decision.restock !== undefined) restocks.set(restockId(decision.restock), decision.restock);
    if (decision.reservation === undefined || !('orderId' in command)) return;
    assertAllowed(reservations.get(command.orderId), decision.reservation);
    reservations.set(command.orderId, decision.reservation);
    touchedOrders.add(command.orderId);
  };

  const decisions = commands.map((command) => {
    const decision = decide(command, now);
    apply(command, decision);
    return decision;
  });
  const changes = [...touchedSkus].flatMap((sku) => stockChange(sku, world, stocks));
  for (const { after } of changes) stocks.set(after.sku, after);
  return {
    answers: decisions.map(toAnswer),
    stocks: changes,
    reservations: [...touchedOrders].flatMap((orderId) => {
      const to = reservations.get(orderId);
      return to === undefined ? [] : [{ orderId, from: world.reservations.get(orderId)?.state, to }];
    }),
    restocks: decisions.flatMap(({ restock }) => (restock === undefined ? [] : [restock])),
    after: now,
  };
}

function toAnswer({ result, events, stocks, reservation }: Decision): Answer {
  return { result, events, changed: reservation !== undefined || stocks.length > 0 };
}

function stockChange(sku: string, world: World, stocks: ReadonlyMap<string, Stock>): readonly StockChange[] {
  const before = world.stocks.get(sku) ?? emptyStock(sku);
  const after = stocks.get(sku);
  if (after === undefined) throw new Error(`${sku} was touched and is gone`);
  const isNew = before.version === 0;
  if (isNew || after.available !== before.available) {
    return [{ before, after: { ...after, version: before.version + 1 } }];
  }
  // A restock may make up for what is sold in the same batch: all else being equal, so are the committed units.
  const isSame = after.held === before.held && after.restocked === before.restocked;
  return isSame ? [] : [{ before, after }];
}

function assertAllowed(from: Reservation | undefined, to: Reservation): void {
  const state = from?.state ?? 'absent';
  if (!transitions[state].includes(to.state))
    throw new Error(`a reservation cannot go from ${state} to ${to.state}`);
}
