/** Decides one command. Repeats are answered again and change nothing. */
import type { InventoryEvent, StockLine } from '@ecommercestack/contracts';
import type { Command, Decision, Restock, Result, World } from './command.ts';
import { restockId } from './command.ts';
import type { Reservation } from './reservation.ts';
import { bucketOf, isOverdue } from './reservation.ts';
import type { Bucket, Stock } from './stock.ts';
import { addUp, emptyStock, move, restocked } from './stock.ts';

type OrderCommand = Extract<Command, { readonly orderId: string }>;

/** The command names other lines than the reservation of its order: no order does that, so it is not handled. */
export class LinesDifferError extends Error {
  constructor() {
    super('the command names other lines than the reservation has');
    this.name = 'LinesDifferError';
  }
}

/** Throws LinesDifferError. */
export function decide(command: Command, world: World): Decision {
  switch (command.kind) {
    case 'restock':
      return restock(command.restock, world);
    case 'introduce':
      return world.stocks.has(command.sku) ? unchanged() : changed({ stocks: [emptyStock(command.sku)] });
    case 'reserve':
    case 'commit':
    case 'release':
    case 'expire':
      return decideForOrder(command, world);
  }
}

/** A hold that is over by the time of the command expires first, so that commit and sweep never disagree. */
function decideForOrder(command: OrderCommand, world: World): Decision {
  const { orderId, at } = command;
  const lines = addUp(command.lines);
  const found = world.reservations.get(orderId);
  if (found !== undefined && !sameLines(found.lines, lines)) throw new LinesDifferError();
  if (found === undefined || !isOverdue(found, at)) return decideOnCurrent(command, lines, found, world);

  const expired = end(found, 'expired', world, { kind: 'expired' }, [expiredEvent(orderId)]);
  if (command.kind === 'expire') return expired;
  const answer = decideOnCurrent(command, lines, { state: 'expired', lines }, world);
  return { ...expired, result: answer.result, events: [...expired.events, ...answer.events] };
}

function decideOnCurrent(
  command: OrderCommand,
  lines: readonly StockLine[],
  current: Reservation | undefined,
  world: World,
): Decision {
  switch (command.kind) {
    case 'reserve':
      return current === undefined
        ? hold(command.orderId, lines, command.expiresAt, world)
        : answerReserve(command.orderId, current);
    case 'commit':
      return commit(command.orderId, current, world);
    case 'release':
      return release(command.orderId, lines, current, world);
    case 'expire':
      return unchanged();
  }
}

function hold(orderId: string, lines: readonly StockLine[], expiresAt: Date, world: World): Decision {
  const unknown = lines.filter(({ sku }) => !world.stocks.has(sku));
  const short = lines.filter(({ sku, quantity }) => (world.stocks.get(sku)?.available ?? 0) < quantity);
  const reservation: Reservation =
    short.length === 0
      ? { state: 'held', lines, expiresAt }
      : unknown.length > 0
        ? { state: 'refused', lines, reason: 'unknown-product', skus: unknown.map(({ sku }) => sku) }
        : { state: 'refused', lines, reason: 'out-of-stock', skus: short.map(({ sku }) => sku) };
  const stocks = reservation.state === 'held' ? moveAll(lines, 'available', 'held', world) : [];
  return { ...answerReserve(orderId, reservation), stocks, reservation };
}

function answerReserve(orderId: string, reservation: Reservation): Decision {
  switch (reservation.state) {
    case 'held':
    case 'committed': {
      const data = { orderId, expiresAt: reservation.expiresAt.toISOString() };
      return unchanged({ kind: 'reserved' }, [{ type: 'stock-reserved', data }]);
    }
    case 'refused': {
      const { reason, skus } = reservation;
      const event: InventoryEvent = { type: 'stock-refused', data: { orderId, reason, skus: [...skus] } };
      return unchanged({ kind: 'reserve-refused', reason }, [event]);
    }
    case 'released':
    case 'expired': {
      const reason = 'released';
      const event: InventoryEvent = { type: 'stock-refused', data: { orderId, reason, skus: [] } };
      return unchanged({ kind: 'reserve-refused', reason }, [event]);
    }
  }
}

function commit(orderId: string, current: Reservation | undefined, world: World): Decision {
  const done: InventoryEvent = { type: 'reservation-committed', data: { orderId } };
  switch (current?.state) {
    case 'held':
      return {
        result: { kind: 'committed' },
        events: [done],
        stocks: moveAll(current.lines, 'held', 'committed', world),
        reservation: { ...current, state: 'committed' },
      };
    case 'committed':
      return unchanged({ kind: 'committed' }, [done]);
    case 'expired':
    case 'released':
      return refuseCommit(orderId, current.state);
    case 'refused':
    case undefined:
      return refuseCommit(orderId, 'not-reserved');
  }
}

function refuseCommit(orderId: string, reason: 'expired' | 'released' | 'not-reserved'): Decision {
  return unchanged({ kind: 'commit-refused', reason }, [
    { type: 'commit-refused', data: { orderId, reason } },
  ]);
}

function release(
  orderId: string,
  lines: readonly StockLine[],
  current: Reservation | undefined,
  world: World,
): Decision {
  const result: Result = { kind: 'released' };
  const events: readonly InventoryEvent[] = [{ type: 'reservation-released', data: { orderId } }];
  switch (current?.state) {
    case 'held':
    case 'committed':
      return end(current, 'released', world, result, events);
    case undefined:
      return { result, events, stocks: [], reservation: { state: 'released', lines } };
    case 'released':
    case 'expired':
    case 'refused':
      return unchanged(result, events);
  }
}

/** Puts the units of a reservation back on the shelf. */
function end(
  reservation: Reservation,
  state: 'released' | 'expired',
  world: World,
  result: Result,
  events: readonly InventoryEvent[],
): Decision {
  const { lines } = reservation;
  const bucket = bucketOf[reservation.state];
  const stocks = bucket === undefined ? [] : moveAll(lines, bucket, 'available', world);
  return { result, events, stocks, reservation: { state, lines } };
}

function restock(request: Restock, world: World): Decision {
  const earlier = world.restocks.get(restockId(request));
  if (earlier === undefined) {
    const stock = world.stocks.get(request.sku) ?? emptyStock(request.sku);
    return {
      result: { kind: 'restocked' },
      events: [],
      stocks: [restocked(stock, request.quantity)],
      restock: request,
    };
  }
  const same = earlier.sku === request.sku && earlier.quantity === request.quantity;
  return unchanged({ kind: same ? 'restocked' : 'key-reused' });
}

function moveAll(lines: readonly StockLine[], from: Bucket, to: Bucket, world: World): readonly Stock[] {
  return lines.map(({ sku, quantity }) => move(world.stocks.get(sku) ?? emptyStock(sku), from, to, quantity));
}

function sameLines(a: readonly StockLine[], b: readonly StockLine[]): boolean {
  return (
    a.length === b.length &&
    a.every((line, index) => line.sku === b[index]?.sku && line.quantity === b[index].quantity)
  );
}

function expiredEvent(orderId: string): InventoryEvent {
  return { type: 'reservation-expired', data: { orderId } };
}

function unchanged(result: Result = { kind: 'nothing' }, events: readonly InventoryEvent[] = []): Decision {
  return { result, events, stocks: [] };
}

function changed(change: Pick<Decision, 'stocks'>): Decision {
  return { ...unchanged(), ...change };
}
