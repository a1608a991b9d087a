import { openTestIndex } from '../elasticsearch/testing.ts';
import { searchQualityContract } from './quality.contract.ts';

searchQualityContract('Elasticsearch', () => openTestIndex(process.env['ELASTICSEARCH_URL']), {
  all: 0.96,
  word: 0.95,
  words: 0.95,
  beginning: 0.95,
  form: 0.95,
  typo: 0.95,
  synonym: 0.9,
  filter: 0.9,
});
