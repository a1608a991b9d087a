/** Carts in a table of the order database, for a platform without a state store of its own. */
import type { Clock, StateStore } from '@ecommercestack/kit';
import type { Pool } from 'pg';

type Database = Pick<Pool, 'query'>;

interface Row<T> {
  readonly value: T;
  readonly etag: string;
}

/** A row whose time is over is as good as gone, and stays until it is purged. */
export function createCartsTable<T>(db: Database, clock: Clock): StateStore<T> {
  const changed = async (text: string, values: readonly unknown[]) => {
    const { rowCount } = await db.query(text, [...values]);
    return rowCount === 1;
  };
  const expiry = (ttlSeconds?: number) =>
    ttlSeconds === undefined ? 'infinity' : new Date(clock.now().getTime() + ttlSeconds * 1_000);
  return {
    get: async (key) => {
      const { rows } = await db.query<Row<T>>(
        'SELECT cart AS value, etag FROM carts WHERE owner = $1 AND expires_at > $2',
        [key, clock.now()],
      );
      return rows[0];
    },
    put: async (key, value, { etag, ttlSeconds }) => {
      const written = [key, JSON.stringify(value), expiry(ttlSeconds), clock.now()];
      const saved =
        etag === undefined ? await changed(CREATE, written) : await changed(REPLACE, [...written, etag]);
      return saved ? 'saved' : 'conflict';
    },
    delete: async (key, etag) => {
      const found =
        etag === undefined
          ? await changed('DELETE FROM carts WHERE owner = $1', [key])
          : await changed(DELETE_SEEN, [key, etag, clock.now()]);
      return found || etag === undefined ? 'deleted' : 'conflict';
    },
  };
}

/** Returns how many carts were forgotten. */
export async function purgeCarts(db: Database, now: Date): Promise<number> {
  const { rowCount } = await db.query('DELETE FROM carts WHERE expires_at <= $1', [now]);
  return rowCount ?? 0;
}

const CREATE = `
  INSERT INTO carts AS present (owner, cart, expires_at) VALUES ($1, $2, $3)
  ON CONFLICT (owner) DO UPDATE
     SET cart = excluded.cart, etag = excluded.etag, expires_at = excluded.expires_at
   WHERE present.expires_at <= $4`;

// An etag comes from whoever saw the cart, so it is compared as text: one of another form fits no row.
const REPLACE = `
  UPDATE carts SET cart = $2, etag = DEFAULT, expires_at = $3
   WHERE owner = $1 AND etag::text = $5 AND expires_at > $4`;

const DELETE_SEEN = 'DELETE FROM carts WHERE owner = $1 AND etag::text = $2 AND expires_at > $3';
