/**
 * Products as event documents, with the last state of each in a document beside them. No transaction: the insert of an
 * event is the commit point, and whatever was left undone after it is done by a relay.
 */
import { activeTraceparent } from '@ecommercestack/event-store';
import type { Clock, Logger } from '@ecommercestack/kit';
import { evolve } from '../../domain/evolve.ts';
import { absent, versionOf } from '../../domain/product.ts';
import type { ProductEvent, ProductState } from '../../domain/product.ts';
import type { Filter } from 'mongodb';
import type { ProductStore } from '../ports.ts';
import { isDuplicate } from './database.ts';
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
  return {
    async load(sku) {
      const [last] = await events.find({ sku }).sort({ version: -1 }).limit(1).toArray();
      return last === undefined ? absent : stateOf(sku, last.version, last.after);
    },
    async append(sku, state, event, { actor }) {
      const { category, occurredAt } = await baseOf(collections, sku, state, event, clock.now());
      const recorded = { ...event, version: versionOf(state) + 1, occurredAt, actor };
      const after = evolve(state, recorded);
      const document = eventDocument({
        sku,
        event: recorded,
        after,
        category,
        traceparent: activeTraceparent(),
      });
      if (!(await insertNext(collections, document))) return 'conflict';
      // The edit is done: where this fails, or is never reached, a relay does it.
      await writeStates(collections, [document]).catch((error: unknown) =>
        logger.warn({ error, sku }, 'the state of a product could not be written, and follows'),
      );
      committed();
      return after;
    },
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

/** What the next event takes over from the one before: where the product lies, and a time that never runs backwards. */
async function baseOf(
  { events }: Collections,
  sku: string,
  state: ProductState,
  event: ProductEvent,
  now: Date,
): Promise<{ readonly category: string; readonly occurredAt: Date }> {
  if (event.type === 'product-created') return { category: event.data.product.category, occurredAt: now };
  const last = await events.findOne(
    { _id: eventId(sku, versionOf(state)), sku },
    { projection: { category: 1, occurredAt: 1 } },
  );
  if (last === null) throw new Error(`${sku} has no version ${versionOf(state)}`);
  return { category: last.category, occurredAt: last.occurredAt > now ? last.occurredAt : now };
}

/** The commit point. False where that version exists: somebody else was faster. */
async function insertNext({ events }: Collections, document: EventDocument): Promise<boolean> {
  try {
    await events.insertOne(document);
    return true;
  } catch (error) {
    if (isDuplicate(error)) return false;
    throw error;
  }
}
