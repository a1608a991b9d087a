import { searchIndexContract } from '../contract/search-index.contract.ts';
import { createMemorySearchIndex } from './search-index.ts';

searchIndexContract('memory', async () => ({
  index: createMemorySearchIndex(),
  close: async () => undefined,
}));
