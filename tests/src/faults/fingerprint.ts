/** Everything that the services have stored, so that two moments can be compared. */
import pg from 'pg';
import type { Platform } from '../platform.ts';

/** By `<service>.<table>`: how many rows, and a digest of all that is in them. */
export async function fingerprintOf({ access }: Platform): Promise<Readonly<Record<string, string>>> {
  const all = await Promise.all(
    Object.entries(access.databases).map(async ([service, connectionString]) => {
      const client = new pg.Client({ connectionString });
      await client.connect();
      try {
        return await tablesOf(service, client);
      } finally {
        await client.end();
      }
    }),
  );
  return Object.fromEntries(all.flat());
}

async function tablesOf(service: string, client: pg.Client): Promise<readonly (readonly [string, string])[]> {
  const tables = await client.query<{ name: string }>(
    `SELECT quote_ident(tablename) AS name FROM pg_tables WHERE schemaname = 'public' ORDER BY 1`,
  );
  const prints: (readonly [string, string])[] = [];
  for (const { name } of tables.rows) {
    const { rows } = await client.query<{ print: string }>(
      `SELECT count(*) || ' rows ' || md5(coalesce(string_agg(t::text, '|' ORDER BY t::text), '')) AS print FROM ${name} t`,
    );
    prints.push([`${service}.${name}`, rows[0]?.print ?? '']);
  }
  return prints;
}
