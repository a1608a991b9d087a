import { openTestIndex } from '../postgres/testing.ts';
import { searchQualityContract } from './quality.contract.ts';

searchQualityContract('PostgreSQL', openTestIndex, {
  all: 0.65,
  word: 0.95,
  words: 0.95,
  beginning: 0.95,
  form: 0.85,
  filter: 0.9,
});
