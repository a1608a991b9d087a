/** Brings `products` up with events. Repeated and late writes do no harm: a version is written over older ones only. */
import type { AnyBulkWriteOperation } from 'mongodb';
import { isDuplicate } from './database.ts';
import type { Collections } from './database.ts';
import type { EventDocument, ProductDocument } from './documents.ts';

export async function writeStates(
  { products }: Collections,
  events: readonly EventDocument[],
): Promise<void> {
  if (events.length === 0) return;
  try {
    await products.bulkWrite(events.map(stateWrite), { ordered: false });
  } catch (error) {
    // An upsert that met a newer version found nothing to update, and its SKU taken.
    if (!isDuplicate(error)) throw error;
  }
}

/** The same for events whose writer may have been interrupted: those that arrived already cost no write. */
export async function writeMissingStates(
  collections: Collections,
  events: readonly EventDocument[],
): Promise<void> {
  const found = await collections.products
    .find({ _id: { $in: events.map(({ sku }) => sku) } }, { projection: { version: 1 } })
    .toArray();
  const versions = new Map(found.map(({ _id, version }) => [_id, version]));
  await writeStates(
    collections,
    events.filter(({ sku, version }) => (versions.get(sku) ?? 0) < version),
  );
}

/** Names the shard key, so that one shard is asked, and an insert knows where it belongs. */
function stateWrite({
  sku,
  version,
  category,
  after,
}: EventDocument): AnyBulkWriteOperation<ProductDocument> {
  const product = after.product === undefined ? { $unset: { product: true } as const } : {};
  return {
    updateOne: {
      filter: { _id: sku, category, version: { $lt: version } },
      update: { $set: { version, ...after }, ...product },
      upsert: true,
    },
  };
}
