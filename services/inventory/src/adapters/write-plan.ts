/**
 * Writes a plan to the tables: a handful of multi-row statements, each of which checks what it was decided on.
 * The update of stock is not named: a named join may keep the plan that was made while the table was small, and then
 * reads the whole of it for every batch.
 */
import { ConcurrencyError, together } from '@ecommercestack/event-store';
import { DatabaseError, type PoolClient } from 'pg';
import type { Restock } from '../domain/command.ts';
import type { Plan, ReservationChange, StockChange } from '../domain/decide-batch.ts';
import type { Reservation } from '../domain/reservation.ts';

/**
 * Throws ConcurrencyError where a row is no longer as it was read. The statement itself fails then, so that a COMMIT
 * may be sent before its answer is there.
 */
export async function writePlan(client: PoolClient, plan: Plan): Promise<void> {
  const [made, moved] = partition(plan.reservations, ({ from }) => from === undefined);
  const [created, updated] = partition(plan.stocks, ({ before }) => before.version === 0);
  // Each writes rows of its own, so that they can be sent together.
  await together(client, [
    ...movesOf(moved).map((alike) => () => moveReservations(client, alike)),
    ...(made.length > 0 ? [() => insertReservations(client, made)] : []),
    ...(created.length > 0 ? [() => insertStocks(client, created)] : []),
    ...(updated.length > 0 ? [() => updateStocks(client, updated)] : []),
    ...(plan.restocks.length > 0 ? [() => insertRestocks(client, plan.restocks)] : []),
  ]);
}

function partition<T>(items: readonly T[], test: (item: T) => boolean): readonly [T[], T[]] {
  const { yes = [], no = [] } = Object.groupBy(items, (item) => (test(item) ? 'yes' : 'no'));
  return [yes, no];
}

async function insertStocks(client: PoolClient, changes: readonly StockChange[]): Promise<void> {
  await client.query({
    name: 'inventory:insert-stocks',
    text: `INSERT INTO stock (sku, available, held, committed, restocked, version)
      SELECT * FROM unnest($1::text[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::integer[])`,
    values: [
      changes.map(({ after }) => after.sku),
      changes.map(({ after }) => after.available),
      changes.map(({ after }) => after.held),
      changes.map(({ after }) => after.committed),
      changes.map(({ after }) => after.restocked),
      changes.map(({ after }) => after.version),
    ],
  });
}

async function updateStocks(client: PoolClient, changes: readonly StockChange[]): Promise<void> {
  await updateExactly(client, 'stock', changes.length, {
    text: `UPDATE stock SET available = stock.available + change.available, held = stock.held + change.held,
        committed = stock.committed + change.committed, restocked = stock.restocked + change.restocked,
        version = change.to_version
      FROM unnest($2::text[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[], $7::integer[], $8::integer[])
        AS change(sku, available, held, committed, restocked, from_version, to_version)
      WHERE stock.sku = change.sku AND stock.version = change.from_version
        AND stock.available + change.available >= 0`,
    values: [
      changes.map(({ after }) => after.sku),
      changes.map(({ before, after }) => after.available - before.available),
      changes.map(({ before, after }) => after.held - before.held),
      changes.map(({ before, after }) => after.committed - before.committed),
      changes.map(({ before, after }) => after.restocked - before.restocked),
      changes.map(({ before }) => before.version),
      changes.map(({ after }) => after.version),
    ],
  });
}

async function insertReservations(client: PoolClient, changes: readonly ReservationChange[]): Promise<void> {
  const rows = changes.flatMap(({ orderId, to }) => to.lines.map((line) => ({ orderId, to, ...line })));
  await client.query({
    name: 'inventory:insert-reservations',
    text: `INSERT INTO reservations (order_id, sku, quantity, state, expires_at, refused_for)
      SELECT * FROM unnest($1::uuid[], $2::text[], $3::integer[], $4::text[], $5::timestamptz[], $6::text[])`,
    values: [
      rows.map(({ orderId }) => orderId),
      rows.map(({ sku }) => sku),
      rows.map(({ quantity }) => quantity),
      rows.map(({ to }) => to.state),
      rows.map(({ to }) => ('expiresAt' in to ? to.expiresAt : null)),
      rows.map(({ to, sku }) => refusedFor(to, sku)),
    ],
  });
}

function refusedFor(reservation: Reservation, sku: string): string | null {
  return reservation.state === 'refused' && reservation.skus.includes(sku) ? reservation.reason : null;
}

/** Changes from one state to one other. */
function movesOf(changes: readonly ReservationChange[]): readonly (readonly ReservationChange[])[] {
  return [...Map.groupBy(changes, ({ from, to }) => `${from} ${to.state}`).values()];
}

/** A transition keeps lines and expiry; the state it started from is the guard. All lines of an order share theirs. */
async function moveReservations(client: PoolClient, alike: readonly ReservationChange[]): Promise<void> {
  const [first] = alike;
  await updateExactly(client, 'reservations', alike.flatMap(({ to }) => to.lines).length, {
    name: 'inventory:move-reservations',
    text: 'UPDATE reservations SET state = $2 WHERE order_id = ANY($3::uuid[]) AND state = $4',
    values: [first?.to.state, alike.map(({ orderId }) => orderId), first?.from],
  });
}

async function insertRestocks(client: PoolClient, restocks: readonly Restock[]): Promise<void> {
  await client.query({
    name: 'inventory:insert-restocks',
    text: `INSERT INTO restocks (actor, idempotency_key, sku, quantity, restocked_at)
      SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::integer[], $5::timestamptz[])`,
    values: [
      restocks.map(({ actor }) => actor),
      restocks.map(({ key }) => key),
      restocks.map(({ sku }) => sku),
      restocks.map(({ quantity }) => quantity),
      restocks.map(({ at }) => at),
    ],
  });
}

const DIVISION_BY_ZERO = '22012';

/** Fails unless the update changes as many rows as expected: that number is its $1. */
async function updateExactly(
  client: PoolClient,
  table: string,
  expected: number,
  update: { readonly name?: string; readonly text: string; readonly values: readonly unknown[] },
): Promise<void> {
  const text = `WITH changed AS (${update.text} RETURNING true)
    SELECT 1 / (count(*) = $1::bigint)::integer FROM changed`;
  try {
    await client.query({ ...update, text, values: [expected, ...update.values] });
  } catch (error) {
    if (!(error instanceof DatabaseError && error.code === DIVISION_BY_ZERO)) throw error;
    throw new ConcurrencyError(`${table}: not all of ${expected} rows were as they had been read`);
  }
}
