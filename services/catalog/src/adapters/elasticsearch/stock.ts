/** Stock levels by SKU, read as they were last written. */
import type { Client } from '@elastic/elasticsearch';
import type { StockLevel } from '../../domain/announcement.ts';
import { writeAll } from './bulk.ts';
import type { Names } from './names.ts';

/** Absent where none was ever written. */
export async function readLevels(
  client: Client,
  { stock }: Names,
  skus: readonly string[],
): Promise<ReadonlyMap<string, StockLevel>> {
  if (skus.length === 0) return new Map();
  const { docs } = await client.mget<Omit<StockLevel, 'sku'>>({ index: stock, ids: [...skus] });
  const levels = new Map<string, StockLevel>();
  for (const doc of docs) {
    if ('error' in doc) throw new Error(`the stock of ${doc._id} cannot be read: ${doc.error.reason}`);
    if (doc._source !== undefined) levels.set(doc._id, { sku: doc._id, ...doc._source });
  }
  return levels;
}

/** The SKUs whose level has changed. */
export async function writeLevels(
  client: Client,
  { stock }: Names,
  levels: readonly StockLevel[],
): Promise<ReadonlySet<string>> {
  const outcomes = await writeAll(
    client,
    levels.map(({ sku, available, version }) => ({
      target: stock,
      id: sku,
      version,
      document: { available, version },
    })),
  );
  return new Set(levels.filter((_, at) => outcomes[at] === 'written').map(({ sku }) => sku));
}
