import type { Channel, Notification } from '@ecommercestack/contracts';
import type { Pool } from 'pg';
import type { OrderEventType } from '../notification.ts';
import type { PageQuery } from '../page.ts';

interface Row {
  readonly notification_id: string;
  readonly order_id: string;
  readonly customer_id: string;
  readonly event: OrderEventType;
  readonly channel: Channel;
  readonly status: Notification['status'];
  readonly attempts: number;
  readonly reason: string | null;
  readonly due_at: Date | null;
  readonly created_at: Date;
  readonly sent_at: Date | null;
}

export async function findNotifications(pool: Pool, query: PageQuery): Promise<readonly Notification[]> {
  const { rows } = await pool.query<Row>(
    `SELECT notification_id, order_id, customer_id, event, channel, status, attempts, reason, due_at, created_at, sent_at
      FROM notifications
      WHERE ($1::text IS NULL OR customer_id = $1) AND ($2::uuid IS NULL OR order_id = $2)
        AND ($3::timestamptz IS NULL OR (created_at, notification_id) < ($3, $4::text))
      ORDER BY created_at DESC, notification_id DESC LIMIT $5`,
    [query.customerId, query.orderId, query.after?.time, query.after?.id, query.limit],
  );
  return rows.map(toNotification);
}

function toNotification(row: Row): Notification {
  const { status, attempts, event, channel } = row;
  return {
    notificationId: row.notification_id,
    orderId: row.order_id,
    customerId: row.customer_id,
    event,
    channel,
    status,
    attempts,
    ...(row.reason !== null && { reason: row.reason }),
    ...(status === 'pending' && row.due_at !== null && { nextAttemptAt: row.due_at.toISOString() }),
    createdAt: row.created_at.toISOString(),
    ...(row.sent_at !== null && { sentAt: row.sent_at.toISOString() }),
  };
}
