import type { StockLine } from '@ecommercestack/contracts';
import type { Pool } from 'pg';

export interface OverdueReservation {
  readonly orderId: string;
  readonly lines: readonly StockLine[];
}

/**
 * Holds that are over, the oldest first. Nothing is claimed: the expire command decides under the locks of its
 * streams, so that two processes that find the same hold give its stock back once.
 */
export async function findOverdue(
  pool: Pool,
  now: Date,
  limit: number,
): Promise<readonly OverdueReservation[]> {
  const { rows } = await pool.query<OverdueReservation>({
    text: `SELECT order_id AS "orderId", json_agg(json_build_object('sku', sku, 'quantity', quantity)) AS lines
      FROM reservations WHERE state = 'held' AND expires_at <= $1
      GROUP BY order_id ORDER BY min(expires_at) LIMIT $2`,
    values: [now, limit],
  });
  return rows;
}
