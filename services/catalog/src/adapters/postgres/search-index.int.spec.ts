import { searchIndexContract } from '../contract/search-index.contract.ts';
import { openTestIndex } from './testing.ts';

searchIndexContract('PostgreSQL', openTestIndex);
