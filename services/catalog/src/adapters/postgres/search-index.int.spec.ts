import { createTestDatabase } from '@ecommercestack/event-store/testing';
import { searchIndexContract } from '../contract/search-index.contract.ts';
import { migrateCatalog } from './migrate-catalog.ts';
import { createPostgresSearchIndex } from './search-index.ts';

searchIndexContract('PostgreSQL', async () => {
  const database = await createTestDatabase();
  await migrateCatalog(database.connectionString);
  return { index: createPostgresSearchIndex(database.pool), close: () => database.drop() };
});
