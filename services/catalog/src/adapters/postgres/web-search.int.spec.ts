import { webSearchContract } from '../contract/web-search.contract.ts';
import { openTestIndex } from './testing.ts';

webSearchContract('PostgreSQL', openTestIndex);
