import type { Client } from '@elastic/elasticsearch';

/**
 * Documents by their id, as they were last written, whether a search would find them yet or not. Absent where there is
 * none, and all of them where there is no such index.
 */
export async function readDocuments<T extends object>(
  client: Client,
  index: string,
  ids: readonly string[],
): Promise<ReadonlyMap<string, T>> {
  if (ids.length === 0) return new Map();
  const { docs } = await client.mget<T>({ index, ids: [...ids] });
  const found = new Map<string, T>();
  for (const doc of docs) {
    if ('error' in doc) {
      if (doc.error.type === 'index_not_found_exception') continue;
      throw new Error(`a document of ${index} cannot be read: ${doc.error.reason ?? doc.error.type}`);
    }
    const { _id: id, _source: source } = doc;
    if (source !== undefined) found.set(id, source);
  }
  return found;
}
