/** Queries on the projected table `orders`. */
import type { Pool } from 'pg';
import type { OrderStatus, OrderSummary } from '@ecommercestack/contracts';
import type { FindOrders } from '../features/list-orders/list-orders.ts';

interface Row {
  readonly order_id: string;
  readonly customer_id: string;
  readonly status: OrderStatus;
  readonly reason: OrderSummary['reason'] | null;
  /** bigint, which the driver gives as text; money never exceeds exact integers. */
  readonly total_amount: string;
  readonly currency: string;
  readonly version: number;
  readonly created_at: Date;
  readonly updated_at: Date;
}

export function findOrdersIn(pool: Pool): FindOrders {
  return async ({ customerId, status, after, limit }) => {
    const values: unknown[] = [limit];
    const parameter = (value: unknown) => `$${values.push(value)}`;
    const conditions = [
      ...(customerId === undefined ? [] : [`customer_id = ${parameter(customerId)}`]),
      ...(status === undefined ? [] : [`status = ${parameter(status)}`]),
      ...(after === undefined
        ? []
        : [`(created_at, order_id) < (${parameter(after.time)}, ${parameter(after.id)})`]),
    ];
    const where = conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`;
    const { rows } = await pool.query<Row>(
      `SELECT * FROM orders ${where} ORDER BY created_at DESC, order_id DESC LIMIT $1`,
      values,
    );
    return rows.map(summaryOf);
  };
}

export interface OpenOrders {
  readonly status: OrderStatus;
  readonly count: number;
  readonly oldest: Date;
}

/** Orders that have not ended, by status. */
export async function countOpen(pool: Pool): Promise<readonly OpenOrders[]> {
  const { rows } = await pool.query<OpenOrders>(
    `SELECT status, count(*)::integer AS count, min(created_at) AS oldest FROM orders
      WHERE status IN ('PENDING', 'RESERVED', 'AUTHORISED', 'CAPTURING', 'COMPENSATING') GROUP BY status`,
  );
  return rows;
}

function summaryOf(row: Row): OrderSummary {
  return {
    orderId: row.order_id,
    customerId: row.customer_id,
    status: row.status,
    ...(row.reason !== null && { reason: row.reason }),
    total: { amount: Number(row.total_amount), currency: row.currency },
    version: row.version,
    createdAt: row.created_at.toISOString(),
    updatedAt: row.updated_at.toISOString(),
  };
}
