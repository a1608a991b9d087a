/** Stock levels by SKU, read as they were last written. */
import type { Client } from '@elastic/elasticsearch';
import type { StockLevel } from '../../domain/announcement.ts';
import { writeAll } from './bulk.ts';
import type { Names } from './names.ts';
import { readDocuments } from './read-documents.ts';

/** Absent where none was ever written. */
export async function readLevels(
  client: Client,
  { stock }: Names,
  skus: readonly string[],
): Promise<ReadonlyMap<string, StockLevel>> {
  const held = await readDocuments<Omit<StockLevel, 'sku'>>(client, stock, skus);
  return new Map([...held].map(([sku, level]) => [sku, { sku, ...level }]));
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
