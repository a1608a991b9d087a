/** What the service tells about its business. */
import type { Channel } from '@ecommercestack/contracts';
import type { Metrics } from '@ecommercestack/kit';
import type { Pool } from 'pg';
import { channels } from './notification.ts';

export type NotificationMetrics = ReturnType<typeof declareNotificationMetrics>;

export function declareNotificationMetrics(metrics: Metrics) {
  const channel = ['email', 'sms', 'push'] as const;
  return {
    notifications: metrics.counter({
      name: 'notifications_total',
      help: 'Notifications by what became of them; `postponed` ones are tried again.',
      labels: { channel, status: ['pending', 'suppressed', 'sent', 'postponed', 'failed'] },
    }),
    pending: metrics.gauge({
      name: 'notifications_pending',
      help: 'Notifications that are neither sent nor given up.',
      labels: { channel },
    }),
    oldestPending: metrics.gauge({
      name: 'notifications_oldest_pending_age_seconds',
      help: 'Age of the oldest notification that is neither sent nor given up; 0 when there is none.',
      labels: { channel },
    }),
  };
}

export async function collectPending(metrics: NotificationMetrics, pool: Pool, now: Date): Promise<void> {
  const { rows } = await pool.query<{ channel: Channel; pending: number; oldest: Date }>(
    `SELECT channel, count(*)::integer AS pending, min(created_at) AS oldest FROM notifications
      WHERE status IN ('pending', 'sending') GROUP BY channel`,
  );
  for (const channel of channels) {
    const found = rows.find((row) => row.channel === channel);
    const ageMs = found === undefined ? 0 : now.getTime() - found.oldest.getTime();
    metrics.pending.set({ channel }, found?.pending ?? 0);
    metrics.oldestPending.set({ channel }, Math.max(0, ageMs) / 1_000);
  }
}
