import type { Database } from './database.ts';
import type { Deployment } from './shard.ts';

/** A deployment as its own catalog of collections describes it. */
export function deploymentOf({ db, client }: Pick<Database, 'db' | 'client'>): Deployment {
  return {
    database: db.databaseName,
    admin: (command) => client.db('admin').command(command),
    async shardKey(collection) {
      const entries = client
        .db('config')
        .collection<{ _id: string; key?: Record<string, unknown> }>('collections');
      const entry = await entries.findOne({ _id: `${db.databaseName}.${collection}` });
      return entry?.key;
    },
    createIndex: (collection, key) => db.collection(collection).createIndex({ ...key }),
  };
}
