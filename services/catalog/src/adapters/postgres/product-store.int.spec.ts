import type { CatalogEvent } from '@ecommercestack/contracts';
import { createEventStore } from '@ecommercestack/event-store';
import { createTestDatabase } from '@ecommercestack/event-store/testing';
import { migrateTables } from '@ecommercestack/kit';
import { productStoreContract } from '../contract/product-store.contract.ts';
import { createPostgresProductStore } from './product-store.ts';
import { tables } from './tables.ts';

productStoreContract('PostgreSQL', async (clock) => {
  const database = await createTestDatabase();
  await migrateTables(tables, database.connectionString);
  const store = createPostgresProductStore(createEventStore({ pool: database.pool, now: () => clock.now() }));
  return {
    store,
    async announced() {
      const { rows } = await database.pool.query<CatalogEvent>(
        'SELECT type, payload AS data FROM outbox ORDER BY seq',
      );
      return rows;
    },
    close: () => database.drop(),
  };
});
