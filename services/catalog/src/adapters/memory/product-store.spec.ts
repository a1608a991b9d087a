import { productStoreContract } from '../contract/product-store.contract.ts';
import { createMemoryProductStore } from './product-store.ts';

productStoreContract('memory', async (clock) => {
  const store = createMemoryProductStore(clock);
  return { store, announced: async () => store.announced, close: async () => undefined };
});
