import type { Pool } from 'pg';

/** SKUs without available units, those with at most `threshold`, and how long the oldest overdue hold is over. */
export async function countStocks(
  pool: Pool,
  threshold: number,
  now: Date,
): Promise<{ readonly out: number; readonly low: number; readonly overdueSeconds: number }> {
  const { rows } = await pool.query<{ out: number; low: number; expires_at: Date | null }>(
    `SELECT count(*) FILTER (WHERE available = 0)::integer AS out,
        count(*) FILTER (WHERE available BETWEEN 1 AND $1)::integer AS low,
        (SELECT min(expires_at) FROM reservations WHERE state = 'held') AS expires_at
      FROM stock`,
    [threshold],
  );
  const [found] = rows;
  const oldest = found?.expires_at ?? now;
  const overdueMs = now.getTime() - oldest.getTime();
  return { out: found?.out ?? 0, low: found?.low ?? 0, overdueSeconds: Math.max(0, overdueMs) / 1_000 };
}
