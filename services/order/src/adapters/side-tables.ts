/** What is kept beside the events: idempotency keys, addresses, and payment tokens while they are needed. */
import { together } from '@ecommercestack/event-store';
import type { ClientBase, Pool, PoolClient } from 'pg';
import type { ShippingAddress } from '@ecommercestack/contracts';
import type { KnownKey, Placement } from '../ports.ts';

type Database = Pick<ClientBase | Pool, 'query'>;

export interface CustomerKey {
  readonly customerId: string;
  readonly key: string;
}

export interface NewPlacement extends Placement {
  readonly orderId: string;
  readonly customerId: string;
  readonly at: Date;
}

/** One name per key; neither part can contain the separator. */
export function nameOf({ customerId, key }: CustomerKey): string {
  return `${customerId} ${key}`;
}

export async function findKeys(db: Database, keys: readonly CustomerKey[]): Promise<Map<string, KnownKey>> {
  if (keys.length === 0) return new Map();
  const { rows } = await db.query<CustomerKey & KnownKey>({
    name: 'find-idempotency-keys',
    text: `SELECT customer_id AS "customerId", key, request_hash AS "requestHash", order_id AS "orderId"
             FROM idempotency_keys JOIN unnest($1::text[], $2::text[]) AS asked (customer_id, key)
            USING (customer_id, key)`,
    values: [keys.map(({ customerId }) => customerId), keys.map(({ key }) => key)],
  });
  return new Map(rows.map((row) => [nameOf(row), row]));
}

export interface SideWrites {
  readonly placements: readonly NewPlacement[];
  /** Orders whose payment has answered, or will never be asked for again. */
  readonly settled: readonly string[];
}

/** The payment tokens of those orders that still have one. */
export async function findTokens(db: Database, orderIds: readonly string[]): Promise<Map<string, string>> {
  if (orderIds.length === 0) return new Map();
  const { rows } = await db.query<{ orderId: string; token: string }>({
    name: 'find-payment-tokens',
    text: 'SELECT order_id AS "orderId", token FROM payment_tokens WHERE order_id = ANY ($1::uuid[])',
    values: [orderIds],
  });
  return new Map(rows.map(({ orderId, token }) => [orderId, token]));
}

/** What a batch adds, and then what it needs no longer. */
export async function writeSideTables(
  client: PoolClient,
  { placements, settled }: SideWrites,
): Promise<void> {
  await together(client, [
    ...(placements.length > 0 ? [() => insertPlacements(client, placements)] : []),
    ...(settled.length > 0 ? [() => forgetTokens(client, settled)] : []),
  ]);
}

async function insertPlacements(db: Database, placements: readonly NewPlacement[]): Promise<void> {
  const keyed = placements.flatMap(({ idempotency, ...rest }) =>
    idempotency ? [{ ...rest, ...idempotency }] : [],
  );
  await db.query({
    name: 'insert-placements',
    text: `WITH addresses AS (
             INSERT INTO shipping_addresses SELECT * FROM unnest($1::uuid[], $2::jsonb[])
           ), tokens AS (
             INSERT INTO payment_tokens SELECT * FROM unnest($1::uuid[], $3::text[])
           )
           INSERT INTO idempotency_keys (customer_id, key, request_hash, order_id, created_at)
           SELECT * FROM unnest($4::text[], $5::text[], $6::bytea[], $7::uuid[], $8::timestamptz[])`,
    values: [
      placements.map(({ orderId }) => orderId),
      placements.map(({ shippingAddress }) => JSON.stringify(shippingAddress)),
      placements.map(({ token }) => token),
      keyed.map(({ customerId }) => customerId),
      keyed.map(({ key }) => key),
      keyed.map(({ requestHash }) => requestHash),
      keyed.map(({ orderId }) => orderId),
      keyed.map(({ at }) => at),
    ],
  });
}

async function forgetTokens(db: Database, orderIds: readonly string[]): Promise<void> {
  await db.query({
    name: 'forget-payment-tokens',
    text: 'DELETE FROM payment_tokens WHERE order_id = ANY ($1::uuid[])',
    values: [orderIds],
  });
}

export async function findAddress(db: Database, orderId: string): Promise<ShippingAddress | undefined> {
  const { rows } = await db.query<{ address: ShippingAddress }>(
    'SELECT address FROM shipping_addresses WHERE order_id = $1',
    [orderId],
  );
  return rows[0]?.address;
}

/** Returns how many keys were forgotten. */
export async function purgeKeys(db: Database, olderThan: Date): Promise<number> {
  const { rowCount } = await db.query('DELETE FROM idempotency_keys WHERE created_at < $1', [olderThan]);
  return rowCount ?? 0;
}
