import { freshDatabase } from './adapters/mongodb/spec-support.ts';
import { runCatalogAlone } from './spec/running-catalog.ts';
import { catalogContract } from './spec/whole-catalog.contract.ts';

catalogContract('MongoDB', async () => {
  const products = freshDatabase(process.env['MONGODB_URL']);
  const catalog = await runCatalogAlone({ PRODUCT_STORE: 'mongodb', MONGODB_URL: products.url });
  return {
    ...catalog,
    async stop() {
      await catalog.stop();
      await products.drop();
    },
  };
});
