import { searchIndexContract } from '../contract/search-index.contract.ts';
import { openTestIndex } from './testing.ts';

// A rebuild makes an index, which takes a cluster longer than a database.
searchIndexContract('Elasticsearch', () => openTestIndex(process.env['ELASTICSEARCH_URL']), { share: 0.2 });
