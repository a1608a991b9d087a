/** Reads what a batch of commands is decided on: at most one query per table. */
import type { StockLine } from '@ecommercestack/contracts';
import type { Pool, PoolClient } from 'pg';
import type { Command, Restock, World } from '../domain/command.ts';
import { restockId } from '../domain/command.ts';
import type { Reservation, ReservationState } from '../domain/reservation.ts';
import type { Stock } from '../domain/stock.ts';
import { addUp } from '../domain/stock.ts';

export type Queryable = Pool | PoolClient;

/** The caller holds the locks of all streams of these commands, so that nothing read here changes until it commits. */
export async function readWorld(client: PoolClient, commands: readonly Command[]): Promise<World> {
  const orderIds = new Set(commands.flatMap((command) => ('orderId' in command ? [command.orderId] : [])));
  const restocks = commands.flatMap((command) => (command.kind === 'restock' ? [command.restock] : []));
  const skus = new Set(commands.flatMap(skusOf));
  const [stocks, reservations, known] = await Promise.all([
    readStocks(client, [...skus]),
    orderIds.size === 0 ? new Map() : readReservations(client, [...orderIds]),
    restocks.length === 0 ? new Map() : readRestocks(client, restocks),
  ]);
  return { stocks, reservations, restocks: known };
}

export function skusOf(command: Command): readonly string[] {
  switch (command.kind) {
    case 'restock':
      return [command.restock.sku];
    case 'introduce':
      return [command.sku];
    case 'reserve':
    case 'commit':
    case 'release':
    case 'expire':
      return command.lines.map(({ sku }) => sku);
  }
}

interface StockRow {
  readonly sku: string;
  readonly available: string;
  readonly held: string;
  readonly committed: string;
  readonly restocked: string;
  readonly version: number;
}

export async function readStocks(client: Queryable, skus: readonly string[]): Promise<Map<string, Stock>> {
  const { rows } = await client.query<StockRow>({
    name: 'inventory:stocks',
    text: `SELECT stock.* FROM unnest($1::text[]) AS wanted(sku)
      CROSS JOIN LATERAL (SELECT * FROM stock WHERE stock.sku = wanted.sku LIMIT 1) AS stock`,
    values: [skus],
  });
  return new Map(rows.map((row) => [row.sku, toStock(row)]));
}

function toStock({ sku, version, ...units }: StockRow): Stock {
  return {
    sku,
    available: Number(units.available),
    held: Number(units.held),
    committed: Number(units.committed),
    restocked: Number(units.restocked),
    version,
  };
}

interface ReservationRow extends StockLine {
  readonly order_id: string;
  readonly state: ReservationState;
  readonly expires_at: Date | null;
  readonly refused_for: 'out-of-stock' | 'unknown-product' | null;
}

async function readReservations(
  client: Queryable,
  orderIds: readonly string[],
): Promise<Map<string, Reservation>> {
  // The ordered subquery is never flattened: one range scan of the primary key per order, whatever the
  // planner believes about a table that was empty when it planned.
  const { rows } = await client.query<ReservationRow>({
    name: 'inventory:reservations',
    text: `SELECT found.* FROM unnest($1::uuid[]) AS wanted(id)
      CROSS JOIN LATERAL (SELECT * FROM reservations WHERE order_id = wanted.id ORDER BY sku) AS found`,
    values: [orderIds],
  });
  const byOrder = Map.groupBy(rows, (row) => row.order_id);
  return new Map([...byOrder].map(([orderId, lines]) => [orderId, toReservation(orderId, lines)]));
}

function toReservation(orderId: string, rows: readonly ReservationRow[]): Reservation {
  const lines = addUp(rows);
  const [first] = rows;
  const state = first?.state;
  switch (state) {
    case 'held':
    case 'committed': {
      const expiresAt = first?.expires_at;
      if (expiresAt === null || expiresAt === undefined)
        throw new Error(`${orderId} is ${state} without expiry`);
      return { state, lines, expiresAt };
    }
    case 'refused': {
      const missing = rows.filter((row) => row.refused_for !== null).map(({ sku }) => sku);
      const reason = rows.find((row) => row.refused_for !== null)?.refused_for ?? 'out-of-stock';
      return {
        state,
        lines,
        reason,
        skus: lines.map(({ sku }) => sku).filter((sku) => missing.includes(sku)),
      };
    }
    case 'released':
    case 'expired':
      return { state, lines };
    case undefined:
      throw new Error(`${orderId} has a reservation without lines`);
  }
}

interface RestockRow {
  readonly actor: string;
  readonly idempotency_key: string;
  readonly sku: string;
  readonly quantity: number;
  readonly restocked_at: Date;
}

async function readRestocks(
  client: Queryable,
  wanted: readonly Pick<Restock, 'actor' | 'key'>[],
): Promise<Map<string, Restock>> {
  const { rows } = await client.query<RestockRow>({
    text: `SELECT restocks.* FROM restocks WHERE (actor, idempotency_key) IN (
        SELECT * FROM unnest($1::text[], $2::text[]))`,
    values: [wanted.map(({ actor }) => actor), wanted.map(({ key }) => key)],
  });
  const restocks = rows.map(({ idempotency_key: key, restocked_at: at, ...row }): Restock => ({
    ...row,
    key,
    at,
  }));
  return new Map(restocks.map((restock) => [restockId(restock), restock]));
}
