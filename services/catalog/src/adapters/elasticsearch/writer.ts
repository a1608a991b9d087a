/** Brings products and their stock into the index. */
import type { Client } from '@elastic/elasticsearch';
import type { StockLevel } from '../../domain/announcement.ts';
import { newestBySku } from '../../domain/newest.ts';
import { skuOf, versionOf } from '../../domain/product.ts';
import type { KnownProduct } from '../../domain/product.ts';
import { writeAll } from './bulk.ts';
import type { Write } from './bulk.ts';
import { documentOf, withLevel } from './document.ts';
import type { ProductDocument, Versioned } from './document.ts';
import type { Names } from './names.ts';
import { readDocuments } from './read-documents.ts';
import { readLevels, writeLevels } from './stock.ts';

/** Each overtaking of a stock level means that another writer has got on; so many in a row mean a mistake. */
const MOST_ATTEMPTS = 100;

/**
 * A level that is written meanwhile is not lost: its writer changes the documents it finds after it has written the
 * level, and we read the levels again after we have written the documents.
 */
export async function applyStates(
  client: Client,
  names: Names,
  targets: readonly string[],
  states: readonly KnownProduct[],
): Promise<void> {
  let left = newestBySku(states, skuOf, versionOf);
  let levels = await readLevels(client, names, left.map(skuOf));
  while (left.length > 0) {
    await writeTo(
      client,
      names,
      targets,
      left.map((state) => documentOf(state, levels.get(skuOf(state)))),
    );
    const written = levels;
    levels = await readLevels(client, names, left.map(skuOf));
    left = left.filter((state) => {
      const sku = skuOf(state);
      return (levels.get(sku)?.version ?? 0) > (written.get(sku)?.version ?? 0);
    });
  }
}

/** The SKUs whose level was news. */
export async function writeStock(
  client: Client,
  names: Names,
  announced: readonly StockLevel[],
): Promise<ReadonlySet<string>> {
  const newest = newestBySku(
    announced,
    ({ sku }) => sku,
    ({ version }) => version,
  );
  return writeLevels(client, names, newest);
}

/** The documents get the newest levels that are written, whether these were news or an earlier attempt was cut off. */
export async function bringStock(
  client: Client,
  names: Names,
  targets: readonly string[],
  announced: readonly StockLevel[],
): Promise<void> {
  const levels = await readLevels(client, names, [...new Set(announced.map(({ sku }) => sku))]);
  for (const target of targets) await bringLevels(client, names, target, levels);
}

async function bringLevels(
  client: Client,
  names: Names,
  target: string,
  levels: ReadonlyMap<string, StockLevel>,
): Promise<void> {
  let left = [...levels.keys()];
  for (let attempt = 0; left.length > 0; attempt += 1) {
    if (attempt === MOST_ATTEMPTS)
      throw new Error(`the stock of ${left.length} products is overtaken again and again`);
    const documents = await readDocuments<ProductDocument>(client, target, left);
    const behind = left.flatMap((sku): Versioned[] => {
      const [document, level] = [documents.get(sku), levels.get(sku)];
      const isBehind = document?.listed === true && (document.stockVersion ?? 0) < (level?.version ?? 0);
      return isBehind ? [withLevel(document, level)] : [];
    });
    const outcomes = await writeTo(client, names, [target], behind);
    left = behind.filter((_, at) => outcomes[at] === 'stale').map(({ sku }) => sku);
  }
}

async function writeTo(
  client: Client,
  names: Names,
  targets: readonly string[],
  documents: readonly Versioned[],
) {
  const writes = targets.flatMap((target) =>
    documents.map(({ sku, version, document }): Write => ({ target, id: sku, version, document })),
  );
  const outcomes = await writeAll(client, writes);
  // One that was being filled, or is no longer kept, may be gone; not the one that is searched.
  if (writes.some(({ target }, at) => target === names.current && outcomes[at] === 'gone')) {
    throw new Error(`there is no index ${names.current}`);
  }
  return outcomes;
}
