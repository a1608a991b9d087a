/** Tokens of payments whose authorisation is undecided. */
import type { Pool, PoolClient } from 'pg';

export interface TokenChanges {
  readonly kept: readonly { readonly orderId: string; readonly token: string }[];
  /** Orders whose token nobody will need again. */
  readonly dropped: readonly string[];
}

/** One statement for a batch. Each order appears once. */
export async function writeTokens(client: PoolClient, { kept, dropped }: TokenChanges): Promise<void> {
  if (kept.length + dropped.length === 0) return;
  await client.query({
    name: 'payment:tokens',
    text: `WITH kept AS (
        INSERT INTO payment_tokens (order_id, token) SELECT * FROM unnest($1::uuid[], $2::text[]))
      DELETE FROM payment_tokens WHERE order_id = ANY ($3::uuid[])`,
    values: [kept.map(({ orderId }) => orderId), kept.map(({ token }) => token), dropped],
  });
}

export async function readToken(pool: Pool, orderId: string): Promise<string | undefined> {
  const { rows } = await pool.query<{ token: string }>(
    'SELECT token FROM payment_tokens WHERE order_id = $1',
    [orderId],
  );
  return rows[0]?.token;
}
