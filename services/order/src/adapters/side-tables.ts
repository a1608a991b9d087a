/** What is kept beside the events: idempotency keys, addresses, and payment tokens while they are needed. */
import type { ClientBase, Pool } from 'pg';
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
  /** Orders whose payment token is about to be sent. */
  readonly asking: readonly string[];
  /** Orders whose payment has answered, or will never be asked for again. */
  readonly settled: readonly string[];
}

/** One round trip for a whole batch. Returns the tokens of the orders in `asking`. */
export async function writeSideTables(
  db: Database,
  { placements, asking, settled }: SideWrites,
): Promise<Map<string, string>> {
  if (placements.length + asking.length + settled.length === 0) return new Map();
  // The parts of one statement do not see each other: what is placed and settled at once is never stored.
  const waiting = placements.filter(({ orderId }) => !settled.includes(orderId));
  const keyed = placements.flatMap(({ idempotency, ...rest }) =>
    idempotency ? [{ ...rest, ...idempotency }] : [],
  );
  const { rows } = await db.query<{ orderId: string; token: string }>({
    name: 'write-side-tables',
    text: `WITH addresses AS (
             INSERT INTO shipping_addresses SELECT * FROM unnest($1::uuid[], $2::jsonb[])
           ), tokens AS (
             INSERT INTO payment_tokens SELECT * FROM unnest($3::uuid[], $4::text[])
           ), keys AS (
             INSERT INTO idempotency_keys (customer_id, key, request_hash, order_id, created_at)
             SELECT * FROM unnest($5::text[], $6::text[], $7::bytea[], $8::uuid[], $9::timestamptz[])
           ), forgotten AS (
             DELETE FROM payment_tokens WHERE order_id = ANY ($10::uuid[])
           )
           SELECT order_id AS "orderId", token FROM payment_tokens WHERE order_id = ANY ($11::uuid[])`,
    values: [
      placements.map(({ orderId }) => orderId),
      placements.map(({ shippingAddress }) => JSON.stringify(shippingAddress)),
      waiting.map(({ orderId }) => orderId),
      waiting.map(({ token }) => token),
      keyed.map(({ customerId }) => customerId),
      keyed.map(({ key }) => key),
      keyed.map(({ requestHash }) => requestHash),
      keyed.map(({ orderId }) => orderId),
      keyed.map(({ at }) => at),
      settled,
      asking,
    ],
  });
  const fresh = placements.map(({ orderId, token }) => ({ orderId, token }));
  return new Map([...fresh, ...rows].map(({ orderId, token }) => [orderId, token]));
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
