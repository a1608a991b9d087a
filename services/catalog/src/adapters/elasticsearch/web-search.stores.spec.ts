import { webSearchContract } from '../contract/web-search.contract.ts';
import { openTestIndex } from './testing.ts';

webSearchContract('Elasticsearch', () => openTestIndex(process.env['ELASTICSEARCH_URL']));
