import { setTimeout as pause } from 'node:timers/promises';
import type { Client } from '@elastic/elasticsearch';

/** A shard of an index that was made a moment ago may not be there yet. Milliseconds between attempts. */
const PAUSES = [50, 100, 200, 400, 800, 1_600];
const NOT_YET = 'no_shard_available_action_exception';

/**
 * Documents by their id, as they were last written, whether a search would find them yet or not. Absent where there is
 * none, and all of them where there is no such index.
 */
export async function readDocuments<T extends object>(
  client: Client,
  index: string,
  ids: readonly string[],
): Promise<ReadonlyMap<string, T>> {
  for (const wait of PAUSES) {
    const found = await readOnce<T>(client, index, ids);
    if (found !== 'not-yet') return found;
    await pause(wait);
  }
  throw new Error(`a shard of ${index} is not available`);
}

async function readOnce<T extends object>(
  client: Client,
  index: string,
  ids: readonly string[],
): Promise<ReadonlyMap<string, T> | 'not-yet'> {
  if (ids.length === 0) return new Map();
  const { docs } = await client.mget<T>({ index, ids: [...ids] });
  const found = new Map<string, T>();
  for (const doc of docs) {
    if ('error' in doc) {
      if (doc.error.type === 'index_not_found_exception') continue;
      if (doc.error.type === NOT_YET) return 'not-yet';
      throw new Error(`a document of ${index} cannot be read: ${doc.error.reason ?? doc.error.type}`);
    }
    const { _id: id, _source: source } = doc;
    if (source !== undefined) found.set(id, source);
  }
  return found;
}
