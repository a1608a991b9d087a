/** An index of its own for a spec, in the cluster that the specs share. */
import type { Client } from '@elastic/elasticsearch';
import { createTestDatabase } from '@ecommercestack/event-store/testing';
import type { TestDatabase } from '@ecommercestack/event-store/testing';
import { createClient } from './client.ts';
import { createElasticsearchIndex } from './search-index.ts';
import type { ElasticsearchIndex } from './search-index.ts';

export interface TestIndex {
  readonly index: ElasticsearchIndex;
  readonly client: Client;
  readonly prefix: string;
  /** Without tables: the index only locks in it. */
  readonly database: TestDatabase;
  /** Deletes everything it has made. */
  close(): Promise<void>;
}

export async function openTestIndex(url: string | undefined): Promise<TestIndex> {
  if (url === undefined) throw new Error('ELASTICSEARCH_URL names no cluster');
  const client = createClient(url);
  const prefix = `spec-${crypto.randomUUID().slice(0, 13)}`;
  const database = await createTestDatabase();
  return {
    index: createElasticsearchIndex({
      client,
      prefix,
      pool: database.pool,
      // A busy machine is not an outage.
      searchLimitMs: 60_000,
    }),
    client,
    prefix,
    database,
    async close() {
      const made = await client.indices.get({ index: `${prefix}-*` });
      const names = Object.keys(made);
      if (names.length > 0) await client.indices.delete({ index: names });
      await client.close();
      await database.drop();
    },
  };
}
