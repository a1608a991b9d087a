import { createTestDatabase } from '@ecommercestack/event-store/testing';
import { searchIndexContract } from '../contract/search-index.contract.ts';
import { openTestIndex } from './testing.ts';

const open = async () => {
  const database = await createTestDatabase();
  const opened = await openTestIndex(process.env['ELASTICSEARCH_URL'], database.pool);
  return {
    index: opened.index,
    async close() {
      await opened.close();
      await database.drop();
    },
  };
};

searchIndexContract('Elasticsearch', open, { share: 0.2 });
