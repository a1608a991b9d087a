import type { Pool } from 'pg';

/** A SKU whose counters are not what its restocks and live reservation rows add up to. */
export interface StockViolation {
  readonly sku: string;
}

/** Invariant: restocks = available + Σ held + Σ committed, counted from the rows, not from the counters. Reads everything. */
export async function findStockViolations(pool: Pool): Promise<readonly StockViolation[]> {
  const { rows } = await pool.query<StockViolation>(
    `SELECT sku FROM stock
      FULL JOIN (
        SELECT sku, COALESCE(sum(quantity) FILTER (WHERE state = 'held'), 0) AS held,
          COALESCE(sum(quantity) FILTER (WHERE state = 'committed'), 0) AS committed
        FROM reservations WHERE state IN ('held', 'committed') GROUP BY sku) AS reserved USING (sku)
      LEFT JOIN (SELECT sku, sum(quantity) AS quantity FROM restocks GROUP BY sku) AS received USING (sku)
      WHERE stock.available IS NULL
        OR stock.held <> COALESCE(reserved.held, 0)
        OR stock.committed <> COALESCE(reserved.committed, 0)
        OR stock.restocked <> COALESCE(received.quantity, 0)
        OR stock.restocked <> stock.available + stock.held + stock.committed
      ORDER BY sku`,
  );
  return rows;
}
