/** Writes documents with versions that come from outside: an older one never replaces a newer one. */
import { setTimeout as pause } from 'node:timers/promises';
import type { Client, estypes } from '@elastic/elasticsearch';

export interface Write {
  /** An alias that stands for one index. */
  readonly target: string;
  readonly id: string;
  readonly version: number;
  readonly document: object;
}

/** `stale`: the index holds this version or a newer one. `gone`: the target exists no more. */
export type Written = 'written' | 'stale' | 'gone';

/** A larger request would hold up the node that takes it, and gains nothing. */
const CHUNK_DOCUMENTS = 500;
/** A node that is full says so; how long to wait before the next attempts. Milliseconds. */
const PAUSES = [50, 200, 800, 2_000];

/** Requests at once: while one is on its way, the shards work on another. */
const REQUESTS = 4;

/** An outcome for each write, in order. Throws what the server refuses for any other reason. */
export async function writeAll(client: Client, writes: readonly Write[]): Promise<readonly Written[]> {
  const chunks: (readonly Write[])[] = [];
  for (let start = 0; start < writes.length; start += CHUNK_DOCUMENTS) {
    chunks.push(writes.slice(start, start + CHUNK_DOCUMENTS));
  }
  const outcomes: Written[] = [];
  for (let start = 0; start < chunks.length; start += REQUESTS) {
    const together = chunks.slice(start, start + REQUESTS).map((chunk) => writeChunk(client, chunk));
    outcomes.push(...(await Promise.all(together)).flat());
  }
  return outcomes;
}

async function writeChunk(client: Client, writes: readonly Write[]): Promise<readonly Written[]> {
  const outcomes = new Map<Write, Written>();
  let left = writes;
  for (const wait of [...PAUSES, undefined]) {
    const { items } = await client.bulk({ operations: left.flatMap(operation), require_alias: true });
    const refused: Write[] = [];
    for (const [at, write] of left.entries()) {
      const outcome = outcomeOf(items[at]?.index, write);
      if (outcome === 'too-busy') refused.push(write);
      else outcomes.set(write, outcome);
    }
    left = refused;
    if (left.length === 0) break;
    if (wait === undefined) throw new Error(`the search index is too busy for ${left.length} documents`);
    await pause(wait);
  }
  return writes.map((write) => outcomes.get(write) ?? 'gone');
}

function operation({ target, id, version, document }: Write) {
  return [{ index: { _index: target, _id: id, version, version_type: 'external' as const } }, document];
}

function outcomeOf(item: estypes.BulkResponseItem | undefined, { target, id }: Write): Written | 'too-busy' {
  if (item === undefined) throw new Error(`the search index did not answer for ${id}`);
  if (item.status < 300) return 'written';
  if (item.status === 409) return 'stale';
  if (item.status === 429) return 'too-busy';
  if (item.status === 404) return 'gone';
  throw new Error(`the search index refused ${id} in ${target}: ${item.error?.type}: ${item.error?.reason}`);
}
