/**
 * Which relay announces which event: claims on single documents by conditional updates, so that any number of relays can
 * work on any kind of deployment. Times are the server's, so that the clocks of relays do not matter.
 */
import type { Filter } from 'mongodb';
import type { Collections } from './database.ts';
import { eventId } from './documents.ts';
import type { EventDocument } from './documents.ts';

export interface Claims {
  /**
   * Claims up to `limit` events, each the first unannounced one of its product, none of them held by a living relay, and
   * none of the products in `except`.
   */
  take(limit: number, except: readonly string[]): Promise<readonly EventDocument[]>;
  /** Tells the others that this relay is still at these events, by their ids. To be called well within the lease. */
  renew(ids: readonly string[]): Promise<void>;
  /** These have been announced: no relay will see them again. */
  announced(events: readonly EventDocument[]): Promise<void>;
  /** Gives back what is held. */
  release(): Promise<void>;
}

type Head = Pick<EventDocument, '_id' | 'sku' | 'version'>;

const waiting: Filter<EventDocument> = { unannounced: { $exists: true } };

/** `owner` is unique among relays, restarted ones included. */
export function createClaims(
  { events }: Pick<Collections, 'events'>,
  { owner, leaseMs }: { readonly owner: string; readonly leaseMs: number },
): Claims {
  // A missing time is before all others.
  const free: Filter<EventDocument> = {
    ...waiting,
    $expr: { $lt: ['$claimedAt', { $subtract: ['$$NOW', leaseMs] }] },
  };

  const claim = async (heads: readonly Head[]): Promise<readonly EventDocument[]> => {
    if (heads.length === 0) return [];
    const these = among(heads);
    await events.updateMany(
      { ...these, ...free },
      { $set: { claimedBy: owner }, $currentDate: { claimedAt: true } },
    );
    return events.find({ ...these, ...waiting, claimedBy: owner }).toArray();
  };

  return {
    async take(limit, except) {
      const taken: EventDocument[] = [];
      let seen = except;
      while (taken.length < limit) {
        const page = limit - taken.length;
        const found = await events
          .find({ ...free, sku: { $nin: [...seen] } }, { projection: { sku: 1, version: 1 } })
          .sort({ unannounced: 1, version: 1 })
          .limit(page)
          .toArray();
        taken.push(...(await claim(await headsOf(events, found))));
        if (found.length < page) break;
        seen = [...new Set([...seen, ...found.map(({ sku }) => sku)])];
      }
      return taken;
    },
    renew: async (ids) => {
      await events.updateMany(
        { _id: { $in: [...ids] }, ...waiting, claimedBy: owner },
        { $currentDate: { claimedAt: true } },
      );
    },
    announced: async (done) => {
      await events.updateMany(among(done), {
        $unset: { unannounced: true, claimedBy: true, claimedAt: true },
      });
    },
    release: async () => {
      await events.updateMany(
        { ...waiting, claimedBy: owner },
        { $unset: { claimedBy: true, claimedAt: true } },
      );
    },
  };
}

/** With the SKUs, so that only shards that hold some are asked. */
function among(events: readonly Head[]): Filter<EventDocument> {
  return { _id: { $in: events.map(({ _id }) => _id) }, sku: { $in: events.map(({ sku }) => sku) } };
}

/** The first of the events found of each product, where the one before it waits no more: another relay may hold it. */
async function headsOf(events: Collections['events'], found: readonly Head[]): Promise<readonly Head[]> {
  const heads = new Map<string, Head>();
  for (const event of found) {
    if (event.version < (heads.get(event.sku)?.version ?? Infinity)) heads.set(event.sku, event);
  }
  const before = [...heads.values()]
    .filter(({ version }) => version > 1)
    .map(({ sku, version }) => ({ _id: eventId(sku, version - 1), sku, version: version - 1 }));
  if (before.length === 0) return [...heads.values()];
  const blocking = await events.find({ ...among(before), ...waiting }, { projection: { sku: 1 } }).toArray();
  for (const { sku } of blocking) heads.delete(sku);
  return [...heads.values()];
}
