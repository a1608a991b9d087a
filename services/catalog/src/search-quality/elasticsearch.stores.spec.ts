import { createTestDatabase } from '@ecommercestack/event-store/testing';
import { openTestIndex } from '../adapters/elasticsearch/testing.ts';
import { searchQualityContract } from './quality.contract.ts';

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

searchQualityContract('Elasticsearch', open, {
  all: 0.96,
  word: 0.95,
  words: 0.95,
  beginning: 0.95,
  form: 0.95,
  typo: 0.95,
  synonym: 0.9,
  filter: 0.9,
});
