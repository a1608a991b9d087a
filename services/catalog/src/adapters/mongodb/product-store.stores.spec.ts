import { memoryLogger } from '@ecommercestack/kit/testing';
import { productStoreContract } from '../contract/product-store.contract.ts';
import { announcementOf } from '../../domain/announcement.ts';
import { createIndexes } from './database.ts';
import { recordedEvent, stateOf } from './documents.ts';
import { createMongodbProductStore } from './product-store.ts';
import { freshDatabase } from './spec-support.ts';

productStoreContract('MongoDB', async (clock) => {
  const database = freshDatabase(process.env['MONGODB_URL']);
  await createIndexes(database);
  const logger = memoryLogger('catalog');
  return {
    store: createMongodbProductStore(database, { clock, logger, committed: () => undefined }),
    async announced() {
      const waiting = await database.events
        .find({ unannounced: { $exists: true } })
        .sort({ _id: 1 })
        .toArray();
      return waiting
        .toSorted((a, b) => a.version - b.version)
        .map((document) =>
          announcementOf(recordedEvent(document), stateOf(document.sku, document.version, document.after)),
        );
    },
    close: () => database.drop(),
  };
});
