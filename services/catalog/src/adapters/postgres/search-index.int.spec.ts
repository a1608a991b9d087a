import { createTestDatabase } from '@ecommercestack/event-store/testing';
import { migrateTables } from '@ecommercestack/kit';
import { searchIndexContract } from '../contract/search-index.contract.ts';
import { createPostgresSearchIndex } from './search-index.ts';
import { tables } from './tables.ts';

searchIndexContract('PostgreSQL', async () => {
  const database = await createTestDatabase();
  await migrateTables(tables, database.connectionString);
  return { index: createPostgresSearchIndex(database.pool), close: () => database.drop() };
});
