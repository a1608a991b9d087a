/** Distributes the collections over the shards of a cluster. May be run again, and while the catalog is running. */
import { MongoServerError } from 'mongodb';
import { EVENTS, PRODUCTS } from './database.ts';

/** What is asked of the deployment, in the order of a cluster's life. */
export interface Deployment {
  /** The answer to a command of the `admin` database. */
  admin(command: Readonly<Record<string, unknown>>): Promise<Readonly<Record<string, unknown>>>;
  /** The shard key of a collection; undefined while it lies on one shard. */
  shardKey(collection: string): Promise<Readonly<Record<string, unknown>> | undefined>;
  createIndex(collection: string, key: Readonly<Record<string, 'hashed'>>): Promise<unknown>;
  readonly database: string;
}

export type Sharding =
  | { readonly kind: 'not-a-mongos' }
  /** Undoing this takes a `reshardCollection` by whoever chose the other key. */
  | { readonly kind: 'other-key'; readonly collection: string; readonly key: string }
  | {
      readonly kind: 'sharded';
      readonly collections: readonly string[];
      readonly already: readonly string[];
    };

/**
 * Events by their product, so that all of a product are on one shard, where `_id` keeps versions unique. Products by the
 * category they were created in.
 */
const KEYS: readonly (readonly [collection: string, key: Readonly<Record<string, 'hashed'>>])[] = [
  [EVENTS, { sku: 'hashed' }],
  [PRODUCTS, { category: 'hashed' }],
];

const COMMAND_NOT_FOUND = 59;

export async function shardCollections(deployment: Deployment): Promise<Sharding> {
  if (!(await isMongos(deployment))) return { kind: 'not-a-mongos' };
  const missing: (typeof KEYS)[number][] = [];
  for (const [collection, key] of KEYS) {
    const present = await deployment.shardKey(collection);
    if (present === undefined) missing.push([collection, key]);
    else if (JSON.stringify(present) !== JSON.stringify(key)) {
      return { kind: 'other-key', collection, key: JSON.stringify(present) };
    }
  }
  // Needed before MongoDB 6, and does nothing where it has been done.
  if (missing.length > 0) await deployment.admin({ enableSharding: deployment.database });
  for (const [collection, key] of missing) {
    // A collection with documents is sharded only where the index exists.
    await deployment.createIndex(collection, key);
    // Answers well, too, where another run was faster.
    await deployment.admin({ shardCollection: `${deployment.database}.${collection}`, key });
  }
  const done = missing.map(([collection]) => collection);
  const already = KEYS.map(([collection]) => collection).filter((collection) => !done.includes(collection));
  return { kind: 'sharded', collections: done, already };
}

async function isMongos(deployment: Deployment): Promise<boolean> {
  try {
    const { msg } = await deployment.admin({ hello: 1 });
    return msg === 'isdbgrid';
  } catch (error) {
    // Every mongos knows the command.
    if (error instanceof MongoServerError && error.code === COMMAND_NOT_FOUND) return false;
    throw error;
  }
}
