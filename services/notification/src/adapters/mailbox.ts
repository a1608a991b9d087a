/** The development mailbox: a table takes the messages. Exactly once per key, since the key is its primary key. */
import type { Channel, MailboxMessage } from '@ecommercestack/contracts';
import type { Pool } from 'pg';
import type { PageQuery } from '../page.ts';
import type { DeliveryOutcome, KeyedMessage, MessageChannel } from '../ports.ts';

const delivered: DeliveryOutcome = { kind: 'delivered' };

export function createMailbox(pool: Pool, now: () => Date): MessageChannel {
  return {
    concurrency: 4,
    async deliver(message, key) {
      await pool.query(insertion([{ message, key }], now()));
      return delivered;
    },
    async lookup(key) {
      const { rows } = await pool.query('SELECT FROM mailbox WHERE message_id = $1', [key]);
      return rows.length > 0;
    },
    async post(client, messages) {
      await client.query(insertion(messages, now()));
    },
  };
}

function insertion(arriving: readonly KeyedMessage[], at: Date) {
  return {
    name: 'notification:mailbox',
    text: `INSERT INTO mailbox (message_id, order_id, customer_id, channel, recipient, subject, body, received_at)
      SELECT *, $8::timestamptz FROM unnest($1::text[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[])
      ON CONFLICT (message_id) DO NOTHING`,
    values: [
      arriving.map(({ key }) => key),
      arriving.map(({ message }) => message.orderId),
      arriving.map(({ message }) => message.customerId),
      arriving.map(({ message }) => message.channel),
      arriving.map(({ message }) => message.to),
      arriving.map(({ message }) => message.subject),
      arriving.map(({ message }) => message.body),
      at,
    ],
  };
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
