/** Makes messages fail as they do in a shop: by a faulty sender, or by an outage at the receiver. */
import { randomUUID } from 'node:crypto';
import pg from 'pg';
import type { Platform } from './platform.ts';

const TIME = '2030-01-01T00:00:00.000Z';

async function query(platform: Platform, service: string, text: string, values: unknown[]): Promise<void> {
  const client = new pg.Client({ connectionString: platform.access.databases[service] });
  await client.connect();
  try {
    await client.query(text, values);
  } finally {
    await client.end();
  }
}

/** What a faulty release of the catalog would have left in its outbox. */
export async function publishFromCatalog(platform: Platform, sku: string, payload: unknown): Promise<void> {
  await query(
    platform,
    'catalog',
    `INSERT INTO outbox (id, aggregatetype, aggregateid, type, payload, created_at)
      VALUES ($1, 'catalog.events', $2, 'product-created', $3, now())`,
    [randomUUID(), sku, JSON.stringify(payload)],
  );
}

/** What an outage of the inventory's own database would have left behind. */
export async function setAsideAtInventory(platform: Platform, sku: string, data: unknown): Promise<void> {
  const id = randomUUID();
  const topic = 'catalog.events';
  const message = { id, topic, key: sku, type: 'product-created', time: TIME, source: 'catalog', data };
  await query(
    platform,
    'inventory',
    `INSERT INTO dead_letters
        (consumer, topic, message_id, message, reason, pattern, attempts, first_at, last_at, status)
      VALUES ('inventory', $1, $2, $3, $4, $4, 8, now(), now(), 'open')`,
    [topic, id, JSON.stringify(message), 'Connection terminated unexpectedly'],
  );
}
