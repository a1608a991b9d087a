/** Reads the facts out of the databases of the services and the ledger of the payment provider. */
import type { Channel, OrderStatus } from '@ecommercestack/contracts';
import pg from 'pg';
import type { Facts } from './facts.ts';
import { readLedgerSince } from './read-ledger.ts';
import { readBrokenStreams, type StreamMark } from './read-streams.ts';

export interface FactSources {
  /** Connection strings by service: order, inventory, payment, catalog, notification. */
  readonly databases: Readonly<Record<string, string>>;
  readonly providerUrl: string;
}

/** How far a look has seen: what it has read to the end, the next one need not read again. */
export interface Marks {
  readonly ledger: number;
  readonly streams: ReadonlyMap<string, StreamMark>;
}

const MINUTE_MS = 60_000;
const nothingSeen: Marks = { ledger: 0, streams: new Map() };

/** Everything. */
export async function readFacts(sources: FactSources): Promise<Facts> {
  return (await readFactsSince(sources, new Date(0))).facts;
}

/**
 * Orders placed since then, and what belongs to them; streams that changed since the look that left `marks`, and
 * all where none did; stock, products and backlogs whole. Opens a connection per database and closes it again. The
 * databases are read one after another, not at one instant.
 */
export async function readFactsSince(
  sources: FactSources,
  since: Date,
  marks: Marks = nothingSeen,
): Promise<{ readonly facts: Facts; readonly marks: Marks }> {
  const names = Object.keys(sources.databases);
  const clients = new Map(names.map((name) => [name, clientOf(sources.databases[name])]));
  const database = (name: string): pg.Client => {
    const client = clients.get(name);
    if (!client) throw new Error(`no database of the ${name} service was given`);
    return client;
  };
  try {
    await Promise.all([...clients.values()].map((client) => client.connect()));
    const orders = await readOrders(database('order'), since);
    const inventory = await readInventory(database('inventory'), since);
    const ledger = await readLedgerSince(sources.providerUrl, { since, after: marks.ledger });
    const notifications = await readNotifications(database('notification'), since);
    const products = await readProducts(database('catalog'));
    const looks = await Promise.all(
      [...clients].map(async ([name, client]) => {
        const look = await readBrokenStreams(name, client, marks.streams.get(name));
        return [name, look] as const;
      }),
    );
    const brokenStreams = looks.flatMap(([, look]) => look.broken);
    const backlog = await Promise.all([...clients].map(([name, client]) => readBacklog(name, client)));
    const streams = new Map(looks.map(([name, look]) => [name, look.mark]));
    return {
      facts: {
        ...orders,
        ...inventory,
        ledger: ledger.facts,
        ...notifications,
        products,
        brokenStreams,
        backlog,
      },
      marks: { ledger: ledger.after, streams },
    };
  } finally {
    await Promise.all([...clients.values()].map((client) => client.end()));
  }
}

function clientOf(connectionString: string | undefined): pg.Client {
  const client = new pg.Client({ connectionString, application_name: 'invariants' });
  // A server that goes away tells all connections, and what is asked of them fails; unheard, this would end the process.
  client.on('error', () => undefined);
  return client;
}

/** The state of an order is told by the type of its last event that changes it. */
const statusAfter: Readonly<Record<string, OrderStatus>> = {
  'order-placed': 'PENDING',
  'order-confirmed': 'CONFIRMED',
  'order-rejected': 'REJECTED',
  'order-cancelled': 'CANCELLED',
};

async function readOrders(client: pg.Client, since: Date) {
  const { rows } = await client.query<{
    order_id: string;
    type: string;
    version: number;
    reason: string | null;
    amount: string;
    currency: string;
    changed_at: Date;
  }>(
    `SELECT substr(first.stream_id, length('order-') + 1) AS order_id, last.type, last.version,
       last.data ->> 'reason' AS reason, first.data -> 'total' ->> 'amount' AS amount,
       first.data -> 'total' ->> 'currency' AS currency, last.occurred_at AS changed_at
     FROM events AS first
     CROSS JOIN LATERAL (
       SELECT type, version, data, occurred_at FROM events
       WHERE stream_id = first.stream_id ORDER BY version DESC LIMIT 1) AS last
     WHERE first.version = 1 AND first.type = 'order-placed' AND first.occurred_at >= $1
       AND first.stream_id >= $2`,
    // The id is made before the event, and perhaps by another clock.
    [since, `order-${uuidAt(new Date(Math.max(0, since.getTime() - MINUTE_MS)))}`],
  );
  const readModel = await client.query<{ orderId: string; status: string; version: number }>(
    'SELECT order_id AS "orderId", status, version FROM orders WHERE created_at >= $1',
    [since],
  );
  const keys = await client.query<{ customerId: string; key: string; orderId: string }>(
    'SELECT customer_id AS "customerId", key, order_id AS "orderId" FROM idempotency_keys WHERE created_at >= $1',
    [since],
  );
  return {
    orders: rows.map((row) => ({
      orderId: row.order_id,
      status: statusAfter[row.type] ?? 'COMPENSATING',
      reason: row.reason ?? undefined,
      version: row.version,
      total: Number(row.amount),
      currency: row.currency,
      changedAt: row.changed_at,
    })),
    readModel: readModel.rows,
    idempotencyKeys: keys.rows,
  };
}

async function readInventory(client: pg.Client, since: Date) {
  const stock = await client.query<Record<'sku' | 'available' | 'restocked' | 'held' | 'committed', string>>(
    `SELECT stock.sku, available, restocked, coalesce(live.held, 0) AS held, coalesce(live.committed, 0) AS committed
     FROM stock LEFT JOIN (
       SELECT sku, sum(quantity) FILTER (WHERE state = 'held') AS held,
         sum(quantity) FILTER (WHERE state = 'committed') AS committed
       FROM reservations WHERE state IN ('held', 'committed') GROUP BY sku) AS live USING (sku)`,
  );
  // Order ids are UUIDv7: they begin with the time at which they were made.
  const reservations = await client.query<Facts['reservations'][number]>(
    'SELECT order_id AS "orderId", sku, quantity, state FROM reservations WHERE order_id >= $1',
    [uuidAt(since)],
  );
  return {
    stock: stock.rows.map((row) => ({
      sku: row.sku,
      available: Number(row.available),
      restocked: Number(row.restocked),
      held: Number(row.held),
      committed: Number(row.committed),
    })),
    reservations: reservations.rows,
  };
}

/** The smallest UUIDv7 of that millisecond. */
function uuidAt(time: Date): string {
  const hex = time.getTime().toString(16).padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8)}-0000-0000-000000000000`;
}

async function readNotifications(client: pg.Client, since: Date) {
  const notifications = await client.query<{
    notificationId: string;
    orderId: string;
    event: string;
    channel: Channel;
    status: string;
  }>(
    `SELECT notification_id AS "notificationId", order_id AS "orderId", event, channel, status
     FROM notifications WHERE order_id >= $1`,
    [uuidAt(since)],
  );
  const delivered = await client.query<{ id: string }>(
    'SELECT message_id AS id FROM mailbox WHERE order_id >= $1',
    [uuidAt(since)],
  );
  return { notifications: notifications.rows, delivered: delivered.rows.map((row) => row.id) };
}

async function readProducts(client: pg.Client): Promise<Facts['products']> {
  const { rows } = await client.query<Facts['products'][number] & { indexVersion: number | null }>(
    `SELECT products.sku, products.version AS "streamVersion", products.document IS NULL AS deleted,
       index.version AS "indexVersion"
     FROM products LEFT JOIN (
       SELECT sku, version FROM search_documents JOIN search_generations USING (generation)
       WHERE state = 'current' AND document IS NOT NULL) AS index USING (sku)`,
  );
  return rows.map((row) => ({ ...row, indexVersion: row.indexVersion ?? undefined }));
}

async function readBacklog(name: string, client: pg.Client): Promise<Facts['backlog'][number]> {
  const { rows } = await client.query<{ outbox: number; deadLetters: number }>(
    `SELECT (SELECT count(*)::integer FROM outbox) AS outbox,
       (SELECT count(*)::integer FROM dead_letters WHERE status = 'open') AS "deadLetters"`,
  );
  const [row] = rows;
  if (!row) throw new Error('a query without FROM gives one row');
  return { database: name, ...row };
}
