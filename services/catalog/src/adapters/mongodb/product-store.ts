/**
 * Products as event documents, with the last state of each in a document beside them. No transaction: the insert of an
 * event is the commit point, and whatever was left undone after it is done by a relay.
 */
import type { Clock, Logger } from '@ecommercestack/kit';
import { evolve } from '../../domain/evolve.ts';
import { absent, versionOf } from '../../domain/product.ts';
import type { ProductState } from '../../domain/product.ts';
import { MongoBulkWriteError, MongoError } from 'mongodb';
import type { Filter } from 'mongodb';
import { batchedStreams } from '../batched-streams.ts';
import type { Append, Appended } from '../batched-streams.ts';
import type { ProductStore } from '../ports.ts';
import { DUPLICATE_KEY, isOutage } from './database.ts';
import type { Collections } from './database.ts';
import { eventDocument, eventId, recordedEvent, stateOf } from './documents.ts';
import type { EventDocument } from './documents.ts';
import { writeStates } from './states.ts';

export interface MongodbProductStoreOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  /** Called after each commit: there is something to announce. */
  readonly committed: () => void;
}

export function createMongodbProductStore(
  collections: Collections,
  { clock, logger, committed }: MongodbProductStoreOptions,
): ProductStore {
  const { events, products } = collections;
  const append = async (appends: readonly Append[]): Promise<readonly Appended[]> => {
    const bases = await basesOf(collections, appends);
    const documents = appends.map((each) => documentOf(each, bases.get(each.sku), clock.now()));
    const outcomes = await insertNext(collections, documents);
    const written = documents.filter((_, at) => outcomes[at] === 'written');
    // The edits are done: where this fails, or is never reached, a relay does it.
    await writeStates(collections, written).catch((error: unknown) =>
      logger.warn({ error, products: written.length }, 'states of products could not be written, and follow'),
    );
    if (written.length > 0) committed();
    return documents.map(({ sku, version, after }, at): Appended => {
      const outcome = outcomes[at];
      return outcome === 'written' ? stateOf(sku, version, after) : (outcome ?? new Error('no outcome'));
    });
  };
  return {
    ...batchedStreams(
      { load: (skus) => loadLast(collections, skus), append },
      // After whatever MongoDB says, some may have been written.
      { isDivisible: (error) => !(error instanceof MongoError || isOutage(error)) },
    ),
    async history(sku, upTo) {
      const found = await events
        .find({ sku, ...until(upTo) })
        .sort({ version: 1 })
        .toArray();
      return found.map(recordedEvent);
    },
    async states(skus) {
      const found = await products.find({ _id: { $in: [...skus] } }).toArray();
      const known = new Map<string, ProductState>(
        found.map(({ _id: sku, version, ...state }) => [sku, stateOf(sku, version, state)]),
      );
      return new Map(skus.map((sku) => [sku, known.get(sku) ?? absent]));
    },
    async scan(afterSku, limit) {
      const from = afterSku === undefined ? {} : { _id: { $gt: afterSku } };
      const page = await products.find(from).sort({ _id: 1 }).limit(limit).toArray();
      return page.map(({ _id: sku, version, ...state }) => stateOf(sku, version, state));
    },
    size: () => products.estimatedDocumentCount(),
  };
}

function until(upTo: number | Date | undefined): Filter<EventDocument> {
  if (upTo === undefined) return {};
  return typeof upTo === 'number' ? { version: { $lte: upTo } } : { occurredAt: { $lte: upTo } };
}

/** The state beside the events may be behind: what follows it decides. */
async function loadLast(
  { events, products }: Collections,
  skus: readonly string[],
): Promise<ReadonlyMap<string, ProductState>> {
  const held = await products.find({ _id: { $in: [...skus] } }, { projection: { version: 1 } }).toArray();
  const versions = new Map(held.map(({ _id, version }) => [_id, version]));
  const from = skus.map((sku) => ({ sku, version: { $gte: versions.get(sku) ?? 1 } }));
  const found = await events.find({ $or: from }).sort({ version: 1 }).toArray();
  return new Map(found.map(({ sku, version, after }) => [sku, stateOf(sku, version, after)]));
}

/** What the next event takes over from the one before: where the product lies, and a time that never runs backwards. */
type Base = Pick<EventDocument, 'category' | 'occurredAt'>;

async function basesOf(
  { events }: Collections,
  appends: readonly Append[],
): Promise<ReadonlyMap<string, Base>> {
  const later = appends.filter(({ event }) => event.type !== 'product-created');
  if (later.length === 0) return new Map();
  const found = await events
    .find(
      {
        _id: { $in: later.map(({ sku, state }) => eventId(sku, versionOf(state))) },
        sku: { $in: later.map(({ sku }) => sku) },
      },
      { projection: { sku: 1, category: 1, occurredAt: 1 } },
    )
    .toArray();
  return new Map(found.map(({ sku, category, occurredAt }) => [sku, { category, occurredAt }]));
}

function documentOf(
  { sku, state, event, actor, traceparent }: Append,
  last: Base | undefined,
  now: Date,
): EventDocument {
  const base =
    event.type === 'product-created' ? { category: event.data.product.category, occurredAt: now } : last;
  if (base === undefined) throw new Error(`${sku} has no version ${versionOf(state)}`);
  const occurredAt = base.occurredAt > now ? base.occurredAt : now;
  const recorded = { ...event, version: versionOf(state) + 1, occurredAt, actor };
  const after = evolve(state, recorded);
  return eventDocument({ sku, event: recorded, after, category: base.category, traceparent });
}

/** The commit point of each. `conflict`: that version exists, somebody else was faster. */
async function insertNext(
  { events }: Collections,
  documents: readonly EventDocument[],
): Promise<readonly ('written' | 'conflict' | Error)[]> {
  try {
    await events.insertMany(documents, { ordered: false });
    return documents.map(() => 'written');
  } catch (error) {
    // What the server says of single documents; anything else may concern all.
    if (!(error instanceof MongoBulkWriteError)) throw error;
    const failed = new Map([error.writeErrors].flat().map((one) => [one.index, one]));
    if (failed.size === 0) throw error;
    return documents.map((_, at) => {
      const refused = failed.get(at);
      if (refused === undefined) return 'written';
      return refused.code === DUPLICATE_KEY
        ? 'conflict'
        : new Error(refused.errmsg ?? 'the event was refused', { cause: error });
    });
  }
}
