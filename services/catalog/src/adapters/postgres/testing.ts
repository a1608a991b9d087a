/** An index of its own for a spec, in a database of its own. */
import { createTestDatabase } from '@ecommercestack/event-store/testing';
import { migrateTables } from '@ecommercestack/kit';
import type { SearchIndexUnderTest } from '../contract/search-index.contract.ts';
import { createPostgresSearchIndex } from './search-index.ts';
import { tables } from './tables.ts';

export async function openTestIndex(): Promise<SearchIndexUnderTest> {
  const database = await createTestDatabase();
  await migrateTables(tables, database.connectionString);
  return { index: createPostgresSearchIndex(database.pool), close: () => database.drop() };
}
