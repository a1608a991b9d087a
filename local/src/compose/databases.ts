import { createDatabase } from '../postgres/create-database.ts';

/** Makes those that are missing. Resolves with their URLs by name. */
export async function createDatabases(
  adminUrl: string,
  names: readonly string[],
): Promise<Readonly<Record<string, string>>> {
  for (const name of names) await createDatabase(adminUrl, name);
  return Object.fromEntries(names.map((name) => [name, urlOf(adminUrl, name)]));
}

function urlOf(adminUrl: string, database: string): string {
  const url = new URL(adminUrl);
  url.pathname = `/${database}`;
  return url.href;
}
