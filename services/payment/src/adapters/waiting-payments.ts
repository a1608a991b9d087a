/** Payments that wait for the provider. Each has one timer, which also says what it waits for: the figures are theirs. */
import type { TimerRequest } from '@ecommercestack/event-store';
import type { Pool } from 'pg';
import { isInDoubt } from '../domain/summary.ts';
import { streamOf } from './history.ts';
import type { History } from './history.ts';

const timerName = 'settle';

export const settleTimerOf = (orderId: string) => ({ streamId: streamOf(orderId), name: timerName });

interface Payload {
  readonly attempt: number;
  readonly since: Date | undefined;
  readonly inDoubt: boolean;
  readonly deferred: boolean;
}

/** Covers a call whose outcome is not recorded, and spaces retries. */
export function settleTimer(
  orderId: string,
  { payment, pendingSince: since }: Pick<History, 'payment' | 'pendingSince'>,
  { dueAt, attempt }: { readonly dueAt: Date; readonly attempt: number },
): TimerRequest {
  const deferred = payment.status === 'deferred';
  const payload: Payload = { attempt, since, inDoubt: isInDoubt(payment), deferred };
  return { ...settleTimerOf(orderId), dueAt, payload };
}

export function attemptOf(payload: unknown): number {
  const attempt =
    typeof payload === 'object' && payload !== null && 'attempt' in payload ? payload.attempt : 0;
  return typeof attempt === 'number' ? attempt : 0;
}

export interface Waiting {
  readonly unknown: number;
  readonly deferred: number;
  readonly oldestUnknownSeconds: number;
  readonly oldestPendingSeconds: number;
}

export async function readWaiting(pool: Pool, now: Date): Promise<Waiting> {
  const { rows } = await pool.query<Waiting>(
    `SELECT count(*) FILTER (WHERE "inDoubt")::int AS unknown,
            count(*) FILTER (WHERE deferred)::int AS deferred,
            coalesce(extract(epoch FROM $1 - min(since) FILTER (WHERE "inDoubt")), 0)::float AS "oldestUnknownSeconds",
            coalesce(extract(epoch FROM $1 - min(since)), 0)::float AS "oldestPendingSeconds"
     FROM timers, jsonb_to_record(payload) AS waits (since timestamptz, "inDoubt" boolean, deferred boolean)
     WHERE name = $2`,
    [now, timerName],
  );
  const [row] = rows;
  if (row === undefined) throw new Error('an aggregate without a row');
  return row;
}
