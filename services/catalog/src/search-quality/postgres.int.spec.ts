import { createTestDatabase } from '@ecommercestack/event-store/testing';
import { migrateTables } from '@ecommercestack/kit';
import { createPostgresSearchIndex } from '../adapters/postgres/search-index.ts';
import { tables } from '../adapters/postgres/tables.ts';
import { searchQualityContract } from './quality.contract.ts';

const open = async () => {
  const database = await createTestDatabase();
  await migrateTables(tables, database.connectionString);
  return { index: createPostgresSearchIndex(database.pool), close: () => database.drop() };
};

searchQualityContract('PostgreSQL', open, {
  all: 0.65,
  word: 0.95,
  words: 0.95,
  beginning: 0.95,
  form: 0.85,
  filter: 0.9,
});
