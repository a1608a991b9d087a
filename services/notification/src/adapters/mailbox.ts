/** The development mailbox: a table takes the messages. Exactly once per key, since the key is its primary key. */
import type { Channel, MailboxMessage } from '@ecommercestack/contracts';
import { createMicroBatch, relaxedCommit } from '@ecommercestack/event-store';
import type { Pool } from 'pg';
import type { PageQuery } from '../page.ts';
import type { DeliveryOutcome, MessageChannel, OutgoingMessage } from '../ports.ts';

interface Arriving {
  readonly key: string;
  readonly message: OutgoingMessage;
  readonly at: Date;
}

const MAX_BATCH = 256;
const delivered: DeliveryOutcome = { kind: 'delivered' };

export function createMailbox(pool: Pool, now: () => Date): MessageChannel {
  const batches = createMicroBatch<Arriving, DeliveryOutcome>({
    maxBatch: MAX_BATCH,
    async run(arriving) {
      await insertMessages(pool, arriving);
      return arriving.map(() => delivered);
    },
  });
  return {
    concurrency: MAX_BATCH,
    deliver: (message, key) => batches.submit({ key, message, at: now() }),
    async lookup(key) {
      const { rows } = await pool.query('SELECT FROM mailbox WHERE message_id = $1', [key]);
      return rows.length > 0;
    },
  };
}

async function insertMessages(pool: Pool, arriving: readonly Arriving[]): Promise<void> {
  await pool.query({
    name: 'notification:mailbox',
    text: `WITH ${relaxedCommit}
      INSERT INTO mailbox (message_id, order_id, customer_id, channel, recipient, subject, body, received_at)
      SELECT arriving.* FROM relaxed, unnest($1::text[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[],
        $7::text[], $8::timestamptz[]) AS arriving
      ON CONFLICT (message_id) DO NOTHING`,
    values: [
      arriving.map(({ key }) => key),
      arriving.map(({ message }) => message.orderId),
      arriving.map(({ message }) => message.customerId),
      arriving.map(({ message }) => message.channel),
      arriving.map(({ message }) => message.to),
      arriving.map(({ message }) => message.subject),
      arriving.map(({ message }) => message.body),
      arriving.map(({ at }) => at),
    ],
  });
}

interface Row {
  readonly message_id: string;
  readonly order_id: string;
  readonly customer_id: string;
  readonly channel: Channel;
  readonly recipient: string;
  readonly subject: string;
  readonly body: string;
  readonly received_at: Date;
}

export async function findMessages(pool: Pool, query: PageQuery): Promise<readonly MailboxMessage[]> {
  const { rows } = await pool.query<Row>(
    `SELECT * FROM mailbox
      WHERE ($1::text IS NULL OR customer_id = $1) AND ($2::uuid IS NULL OR order_id = $2)
        AND ($3::timestamptz IS NULL OR (received_at, message_id) < ($3, $4::text))
      ORDER BY received_at DESC, message_id DESC LIMIT $5`,
    [query.customerId, query.orderId, query.after?.time, query.after?.id, query.limit],
  );
  return rows.map(({ channel, subject, body, ...row }) => ({
    messageId: row.message_id,
    orderId: row.order_id,
    customerId: row.customer_id,
    channel,
    to: row.recipient,
    subject,
    body,
    receivedAt: row.received_at.toISOString(),
  }));
}
