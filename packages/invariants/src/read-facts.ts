/** Reads the facts out of the databases of the services and the ledger of the payment provider. */
import type { Channel, OrderStatus } from '@ecommercestack/contracts';
import pg from 'pg';
import { fetch } from 'undici';
import { z } from 'zod';
import type { BrokenStream, Facts, LedgerFact } from './facts.ts';

export interface FactSources {
  /** Connection strings by service: order, inventory, payment, catalog, notification. */
  readonly databases: Readonly<Record<string, string>>;
  readonly providerUrl: string;
}

export interface ReadOptions {
  /** Only orders placed since then; all when left out. Stock, streams and backlogs are always read whole. */
  readonly since?: Date;
}

const LEDGER_PAGE = 10_000;
const ever = new Date(0);

/** Opens a connection per database and closes it again. The databases are read one after another, not at one instant. */
export async function readFacts(sources: FactSources, { since = ever }: ReadOptions = {}): Promise<Facts> {
  const names = Object.keys(sources.databases);
  const clients = new Map(
    names.map((name) => [
      name,
      new pg.Client({ connectionString: sources.databases[name], application_name: 'invariants' }),
    ]),
  );
  const database = (name: string): pg.Client => {
    const client = clients.get(name);
    if (!client) throw new Error(`no database of the ${name} service was given`);
    return client;
  };
  await Promise.all([...clients.values()].map((client) => client.connect()));
  try {
    const orders = await readOrders(database('order'), since);
    return {
      ...orders,
      ...(await readInventory(database('inventory'), since)),
      ledger: await readLedger(sources.providerUrl, since),
      ...(await readNotifications(database('notification'), since)),
      products: await readProducts(database('catalog')),
      brokenStreams: (
        await Promise.all([...clients].map(([name, client]) => readBrokenStreams(name, client)))
      ).flat(),
      backlog: await Promise.all([...clients].map(([name, client]) => readBacklog(name, client))),
    };
  } finally {
    await Promise.all([...clients.values()].map((client) => client.end()));
  }
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
     WHERE first.version = 1 AND first.type = 'order-placed' AND first.occurred_at >= $1`,
    [since],
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

async function readBrokenStreams(name: string, client: pg.Client): Promise<readonly BrokenStream[]> {
  const { rows } = await client.query<Omit<BrokenStream, 'database'>>(
    `SELECT stream_id AS "streamId", count(*)::integer AS events, max(version) AS "lastVersion"
     FROM events GROUP BY stream_id HAVING count(*) <> max(version) OR min(version) <> 1 LIMIT 100`,
  );
  return rows.map((row) => ({ database: name, ...row }));
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

const ledgerPage = z.object({
  data: z.array(
    z.object({
      seq: z.int(),
      at: z.number(),
      type: z.enum(['authorised', 'declined', 'captured', 'capture_declined', 'canceled', 'refunded']),
      payment_intent: z.string(),
      order_id: z.string().nullable(),
      amount: z.int(),
      currency: z.string(),
    }),
  ),
  has_more: z.boolean(),
});

/** The provider's own account, oldest first. */
export async function readLedger(providerUrl: string, since = ever): Promise<readonly LedgerFact[]> {
  const facts: LedgerFact[] = [];
  for (let after = 0; ;) {
    const response = await fetch(`${providerUrl}/v1/ledger?after=${after}&limit=${LEDGER_PAGE}`, {
      redirect: 'error',
    });
    const page = ledgerPage.parse(await response.json());
    for (const entry of page.data) {
      after = entry.seq;
      if (entry.order_id === null || entry.at < since.getTime()) continue;
      const { type, amount, currency } = entry;
      facts.push({ orderId: entry.order_id, type, amount, currency, intent: entry.payment_intent });
    }
    if (!page.has_more) return facts;
  }
}
