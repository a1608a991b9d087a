import { randomBytes } from 'node:crypto';
import { openDatabase } from './database.ts';
import type { Database } from './database.ts';

export interface FreshDatabase extends Database {
  readonly url: string;
  /** Drops it and closes the connection. */
  drop(): Promise<void>;
}

/** A database of its own on the server that `MONGODB_URL` names. */
export function freshDatabase(serverUrl: string | undefined): FreshDatabase {
  if (serverUrl === undefined || serverUrl === '') throw new Error('Set MONGODB_URL to a MongoDB for tests');
  const url = new URL(serverUrl);
  url.pathname = `/test_${process.pid}_${randomBytes(6).toString('hex')}`;
  const database = openDatabase(url.href);
  return {
    ...database,
    url: url.href,
    async drop() {
      await database.db.dropDatabase();
      await database.close();
    },
  };
}
