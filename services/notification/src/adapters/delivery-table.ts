/**
 * Notifications as the workers use them. Statements that look rows up are not named: a named one may keep the plan
 * that was made while the table was small, and then reads the whole of it for every batch.
 */
import type { Channel, RejectionReason } from '@ecommercestack/contracts';
import { createMicroBatch, relaxedCommit } from '@ecommercestack/event-store';
import type { Pool } from 'pg';
import { notificationId } from '../notification.ts';
import type { OrderEventType } from '../notification.ts';
import type { Attempt, AttemptResult } from '../features/deliver-notifications/delivery.ts';

interface ClaimedRow {
  readonly order_id: string;
  readonly customer_id: string;
  readonly event: OrderEventType;
  readonly channel: Channel;
  readonly amount: string;
  readonly currency: string;
  readonly order_reason: RejectionReason | null;
  readonly address: string;
  readonly attempts: number;
}

export interface Claim {
  readonly channel: Channel;
  readonly limit: number;
  readonly now: Date;
  /** When another process may take over. */
  readonly until: Date;
}

/** Begins attempts: of what is due, and of what a process that is gone had begun. */
export async function claimDue(
  pool: Pool,
  { channel, limit, now, until }: Claim,
): Promise<readonly Attempt[]> {
  const { rows } = await pool.query<ClaimedRow>({
    // Materialized: a plan that looked again would find, and begin, more than the limit.
    text: `WITH ${relaxedCommit}, due AS MATERIALIZED (
        SELECT notification_id FROM notifications
        WHERE channel = $1 AND status IN ('pending', 'sending') AND due_at <= $3
        ORDER BY due_at LIMIT $2 FOR UPDATE SKIP LOCKED)
      UPDATE notifications SET status = 'sending', attempts = attempts + 1, due_at = $4
      FROM relaxed, due WHERE notifications.notification_id = due.notification_id
      RETURNING order_id, customer_id, event, channel, amount, currency, order_reason, address, attempts`,
    values: [channel, limit, now, until],
  });
  return rows.map((row) => ({
    orderId: row.order_id,
    customerId: row.customer_id,
    event: row.event,
    channel: row.channel,
    total: { amount: Number(row.amount), currency: row.currency },
    ...(row.order_reason !== null && { reason: row.order_reason }),
    address: row.address,
    attempt: row.attempts,
  }));
}

interface Finished {
  readonly attempt: Attempt;
  readonly result: AttemptResult;
  readonly at: Date;
}

/** Ends attempts; those that end together are written together. */
export function createRecorder(pool: Pool, now: () => Date) {
  const batches = createMicroBatch<Finished, undefined>({
    maxBatch: 256,
    async run(finished) {
      await writeResults(pool, finished);
      return finished.map(() => undefined);
    },
  });
  return async (attempt: Attempt, result: AttemptResult): Promise<void> => {
    await batches.submit({ attempt, result, at: now() });
  };
}

/** An attempt that was taken over by another process has nothing to say any more. */
async function writeResults(pool: Pool, finished: readonly Finished[]): Promise<void> {
  await pool.query({
    text: `WITH ${relaxedCommit}
      UPDATE notifications SET status = done.status, reason = done.reason, due_at = done.due_at, sent_at = done.sent_at
      FROM relaxed, unnest($1::text[], $2::integer[], $3::text[], $4::text[], $5::timestamptz[], $6::timestamptz[])
        AS done(notification_id, attempts, status, reason, due_at, sent_at)
      WHERE notifications.notification_id = done.notification_id
        AND notifications.status = 'sending' AND notifications.attempts = done.attempts`,
    values: [
      finished.map(({ attempt }) => notificationId(attempt, attempt.channel)),
      finished.map(({ attempt }) => attempt.attempt),
      finished.map(({ result }) => (result.kind === 'postponed' ? 'pending' : result.kind)),
      finished.map(({ result }) => (result.kind === 'sent' ? null : result.reason)),
      finished.map(({ result, at }) =>
        result.kind === 'postponed' ? new Date(at.getTime() + result.pauseMs) : null,
      ),
      finished.map(({ result, at }) => (result.kind === 'sent' ? at : null)),
    ],
  });
}
