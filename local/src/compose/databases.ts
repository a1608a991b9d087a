import pg from 'pg';

/** Makes those that are missing. Resolves with their URLs by name. */
export async function createDatabases(
  adminUrl: string,
  names: readonly string[],
): Promise<Readonly<Record<string, string>>> {
  const client = new pg.Client({ connectionString: adminUrl });
  await client.connect();
  try {
    for (const name of names) {
      const found = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [name]);
      if (found.rowCount === 0) await client.query(`CREATE DATABASE ${pg.escapeIdentifier(name)}`);
    }
  } finally {
    await client.end();
  }
  return Object.fromEntries(names.map((name) => [name, urlOf(adminUrl, name)]));
}

function urlOf(adminUrl: string, database: string): string {
  const url = new URL(adminUrl);
  url.pathname = `/${database}`;
  return url.href;
}
