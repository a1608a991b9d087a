/** The connection to MongoDB, and the collections the catalog keeps there. */
import {
  MongoBulkWriteError,
  MongoClient,
  MongoError,
  MongoNetworkError,
  MongoNotConnectedError,
  MongoServerError,
  MongoServerSelectionError,
} from 'mongodb';
import type { Collection, Db } from 'mongodb';
import type { EventDocument, ProductDocument } from './documents.ts';

export const EVENTS = 'product_events';
export const PRODUCTS = 'products';

export interface Collections {
  readonly events: Collection<EventDocument>;
  readonly products: Collection<ProductDocument>;
}

export interface Database extends Collections {
  readonly db: Db;
  readonly client: MongoClient;
  /** Resolves when the server answers; throws otherwise. */
  ping(): Promise<void>;
  close(): Promise<void>;
}

/**
 * Opens nothing yet: the first command connects, by itself. `url` names the database. What is read and what is
 * acknowledged has reached a majority of the members, so that no new primary can undo it. `patient` for what may take
 * minutes, such as an index over many documents.
 */
export function openDatabase(url: string, { patient = false } = {}): Database {
  const client = new MongoClient(url, {
    appName: 'catalog',
    ignoreUndefined: true,
    readPreference: 'primary',
    readConcern: { level: 'majority' },
    writeConcern: { w: 'majority' },
    serverSelectionTimeoutMS: 2_000,
    connectTimeoutMS: 2_000,
    // A server that takes a command and says nothing is away, too.
    socketTimeoutMS: patient ? 0 : 3_000,
  });
  const db = client.db();
  return {
    db,
    client,
    events: db.collection<EventDocument>(EVENTS),
    products: db.collection<ProductDocument>(PRODUCTS),
    ping: async () => void (await db.command({ ping: 1 })),
    close: () => client.close(),
  };
}

/** Safe from several processes at once, and again. */
export async function createIndexes({ events }: Collections): Promise<void> {
  await events.createIndex({ sku: 1, version: 1 });
  // Holds what waits to be announced only, and is empty most of the time.
  await events.createIndex(
    { unannounced: 1, version: 1 },
    { name: 'unannounced', partialFilterExpression: { unannounced: { $exists: true } } },
  );
}

export const DUPLICATE_KEY = 11_000;

/** The unique `_id` is taken; of many writes, every one that failed found that. */
export function isDuplicate(error: unknown): boolean {
  if (error instanceof MongoBulkWriteError) {
    const failed = [error.writeErrors].flat();
    return failed.length > 0 && failed.every(({ code }) => code === DUPLICATE_KEY);
  }
  return error instanceof MongoServerError && error.code === DUPLICATE_KEY;
}

/** What the system says of a socket that breaks while it is written to: the driver passes it on as it is. */
const SOCKET_CODES = new Set(['ECONNRESET', 'EPIPE', 'ECONNREFUSED', 'ETIMEDOUT']);

/** No member of the deployment could be asked, or none that may write. What was sent may have been done. */
export function isOutage(error: unknown): boolean {
  return (
    error instanceof MongoNetworkError ||
    error instanceof MongoServerSelectionError ||
    error instanceof MongoNotConnectedError ||
    (error instanceof MongoError && error.hasErrorLabel('RetryableWriteError')) ||
    (error instanceof Error && 'code' in error && SOCKET_CODES.has(String(error.code)))
  );
}
