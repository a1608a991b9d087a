/** Puts products where the catalog keeps them, past the events, which no measurement here reads. */
import pg from 'pg';
import { productAt } from './products.ts';

const ROWS = 5_000;

/** The write side only: what is searched is filled by what is measured. */
export async function fillProducts(connectionString: string, count: number): Promise<void> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  try {
    for (let from = 0; from < count; from += ROWS) {
      const products = Array.from({ length: Math.min(ROWS, count - from) }, (_, at) => productAt(from + at));
      await client.query(
        `INSERT INTO products (sku, version, document)
          SELECT document ->> 'sku', 1, document FROM unnest($1::jsonb[]) AS document ON CONFLICT DO NOTHING`,
        [products.map((product) => JSON.stringify(product))],
      );
    }
    await client.query('VACUUM ANALYZE products');
  } finally {
    await client.end();
  }
}
