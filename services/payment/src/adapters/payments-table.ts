/** The rows of payments and tokens. */
import type { Payment as PublicPayment } from '@ecommercestack/contracts';
import type { Pool, PoolClient } from 'pg';
import { detailsOf, providerIdOf } from '../domain/evolve.ts';
import { isPending } from '../domain/payment.ts';
import type { Payment, Status } from '../domain/payment.ts';
import { isInDoubt, needsToken, publicStatus, reasonOf } from '../domain/summary.ts';

export interface Changed {
  readonly orderId: string;
  readonly payment: Payment;
  /** Given with the request that started the payment. */
  readonly token: string | undefined;
}

const save = `
WITH saved AS (
  INSERT INTO payments
    (order_id, customer_id, status, amount, currency, provider_id, reason, in_doubt, pending_since, updated_at)
  SELECT order_id, customer_id, status, amount, currency, provider_id, reason, in_doubt,
         CASE WHEN pending THEN $1::timestamptz END, $1
  FROM unnest($2::uuid[], $3::text[], $4::text[], $5::bigint[], $6::text[], $7::text[], $8::text[], $9::bool[], $10::bool[])
    AS row (order_id, customer_id, status, amount, currency, provider_id, reason, in_doubt, pending)
  ON CONFLICT (order_id) DO UPDATE SET
    status = excluded.status, provider_id = excluded.provider_id, reason = excluded.reason,
    in_doubt = excluded.in_doubt, updated_at = excluded.updated_at,
    pending_since = CASE WHEN excluded.pending_since IS NOT NULL
      THEN coalesce(payments.pending_since, excluded.pending_since) END
), kept AS (
  INSERT INTO payment_tokens (order_id, token)
  SELECT order_id, token FROM unnest($11::uuid[], $12::text[]) AS row (order_id, token)
)
DELETE FROM payment_tokens WHERE order_id = ANY ($13::uuid[])`;

/** One statement for a batch. Each order appears once. Tombstones have no row: nobody knows whose they are. */
export async function savePayments(
  client: PoolClient,
  changed: readonly Changed[],
  now: Date,
): Promise<void> {
  const rows = changed.flatMap(({ orderId, payment }) => {
    const details = detailsOf(payment);
    return details === undefined ? [] : [{ orderId, payment, details }];
  });
  const kept = changed.filter(({ payment, token }) => token !== undefined && needsToken(payment));
  const dropped = changed.filter(({ payment }) => !needsToken(payment));
  await client.query(save, [
    now,
    rows.map(({ orderId }) => orderId),
    rows.map(({ details }) => details.customerId),
    rows.map(({ payment }) => payment.status),
    rows.map(({ details }) => details.amount.amount),
    rows.map(({ details }) => details.amount.currency),
    rows.map(({ payment }) => providerIdOf(payment) ?? null),
    rows.map(({ payment }) => reasonOf(payment) ?? null),
    rows.map(({ payment }) => isInDoubt(payment)),
    rows.map(({ payment }) => isPending(payment)),
    kept.map(({ orderId }) => orderId),
    kept.map(({ token }) => token),
    dropped.map(({ orderId }) => orderId),
  ]);
}

interface PaymentRow {
  readonly order_id: string;
  readonly customer_id: string;
  readonly status: Exclude<Status, 'none'>;
  readonly amount: string;
  readonly currency: string;
  readonly reason: string | null;
  readonly updated_at: Date;
}

export interface Waiting {
  readonly unknown: number;
  readonly deferred: number;
  readonly oldestUnknownSeconds: number;
  readonly oldestPendingSeconds: number;
}

export interface PaymentsTable {
  /** In no particular order; of one customer only, where one is given. */
  read(orderIds: readonly string[], customerId: string | undefined): Promise<readonly PublicPayment[]>;
  tokenOf(orderId: string): Promise<string | undefined>;
  waiting(now: Date): Promise<Waiting>;
}

export function createPaymentsTable(pool: Pool): PaymentsTable {
  return {
    async read(orderIds, customerId) {
      const { rows } = await pool.query<PaymentRow>(
        'SELECT * FROM payments WHERE order_id = ANY ($1) AND customer_id = coalesce($2, customer_id)',
        [orderIds, customerId ?? null],
      );
      return rows.map(toPublic);
    },
    async tokenOf(orderId) {
      const { rows } = await pool.query<{ token: string }>(
        'SELECT token FROM payment_tokens WHERE order_id = $1',
        [orderId],
      );
      return rows[0]?.token;
    },
    async waiting(now) {
      const { rows } = await pool.query<Waiting>(
        `SELECT count(*) FILTER (WHERE in_doubt)::int AS unknown,
                count(*) FILTER (WHERE status = 'deferred')::int AS deferred,
                coalesce(extract(epoch FROM $1 - min(pending_since) FILTER (WHERE in_doubt)), 0)::float AS "oldestUnknownSeconds",
                coalesce(extract(epoch FROM $1 - min(pending_since)), 0)::float AS "oldestPendingSeconds"
         FROM payments WHERE pending_since IS NOT NULL`,
        [now],
      );
      const [row] = rows;
      if (row === undefined) throw new Error('an aggregate without a row');
      return row;
    },
  };
}

function toPublic(row: PaymentRow): PublicPayment {
  return {
    orderId: row.order_id,
    customerId: row.customer_id,
    status: publicStatus[row.status],
    amount: { amount: Number(row.amount), currency: row.currency },
    ...(row.reason === null ? {} : { reason: row.reason }),
    updatedAt: row.updated_at.toISOString(),
  };
}
