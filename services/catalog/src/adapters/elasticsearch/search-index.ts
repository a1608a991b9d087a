/** The search index on Elasticsearch. */
import { LateError, within } from '@ecommercestack/kit';
import { errors } from '@elastic/elasticsearch';
import type { Client } from '@elastic/elasticsearch';
import type { Pool } from 'pg';
import type { SearchIndex } from '../ports.ts';
import { withRebuildLock } from '../postgres/rebuild-lock.ts';
import { listed } from './filters.ts';
import { hasOurDefinition } from './index-definition.ts';
import { createMissing, createRefresher, inEveryIndex, swapBack } from './generations.ts';
import { namesOf } from './names.ts';
import type { ProductDocument } from './document.ts';
import { readDocuments } from './read-documents.ts';
import { readRange } from './read-range.ts';
import { rebuildIndex } from './rebuild.ts';
import { findPage } from './search-page.ts';
import { summarise } from './search-summary.ts';
import { readLevels } from './stock.ts';
import { suggestProducts } from './suggest.ts';
import { applyStates, bringStock, writeStock } from './writer.ts';

export interface ElasticsearchIndexOptions {
  readonly client: Client;
  /** Of the names of all indices. */
  readonly prefix: string;
  /** Of the service's own database, where a lock sees to it that there is one rebuild at a time. */
  readonly pool: Pool;
  /** A shopper waits no longer than this for a search. Milliseconds, default 3000. */
  readonly searchLimitMs?: number;
}

export interface ElasticsearchIndex extends SearchIndex {
  /** Why the cluster cannot be searched; undefined when it can. */
  ping(): Promise<string | undefined>;
}

/** What is missing in the cluster is made by the first call that needs it. */
export function createElasticsearchIndex({
  client,
  prefix,
  pool,
  searchLimitMs = 3_000,
}: ElasticsearchIndexOptions): ElasticsearchIndex {
  const reader = client.child({ requestTimeout: searchLimitMs, maxRetries: 0 });
  const names = namesOf(prefix);
  const ready = onceDone(() => createMissing(client, names));
  const readable = () => inTime(searchLimitMs, ready());
  const index = names.current;
  const refreshed = createRefresher(client, names);

  return {
    async page(request) {
      await readable();
      return findPage(reader, index, request);
    },
    async summary(filters) {
      await readable();
      return summarise(reader, index, filters);
    },
    async suggest(text, limit) {
      await readable();
      return suggestProducts(reader, index, text, limit);
    },
    async apply(states) {
      await ready();
      await inEveryIndex(client, names, (targets) => applyStates(client, names, targets, states));
      await refreshed();
    },
    async applyStock(levels) {
      await ready();
      const changed = await writeStock(client, names, levels);
      // Only now: an index that is made later finds the levels written.
      await inEveryIndex(client, names, (targets) => bringStock(client, names, targets, levels));
      await refreshed();
      return changed;
    },
    async rebuild(scan, options) {
      await ready();
      await withRebuildLock(pool, () => rebuildIndex(client, names, scan, options));
    },
    async rollBack() {
      await ready();
      return withRebuildLock(pool, () => swapBack(client, names));
    },
    ping: () => reasonNotServing(reader, index, ready),
    async versions(skus) {
      await ready();
      const documents = await readDocuments<ProductDocument>(client, index, skus);
      return new Map([...documents].map(([sku, { version }]) => [sku, version]));
    },
    async range(afterSku, upToSku, limit) {
      await ready();
      return readRange(client, index, afterSku, upToSku, limit);
    },
    async count() {
      await ready();
      const { count } = await client.count({ index, query: listed });
      return count;
    },
    async stockLevels(skus) {
      await readable();
      return readLevels(reader, names, skus);
    },
  };
}

/** For those who wait for a search, and no longer than for one. */
async function inTime(limitMs: number, work: Promise<void>): Promise<void> {
  try {
    await within(limitMs, work);
  } catch (error) {
    throw error instanceof LateError ? new errors.TimeoutError(error.message) : error;
  }
}

async function reasonNotServing(
  client: Client,
  index: string,
  ready: () => Promise<void>,
): Promise<string | undefined> {
  try {
    // Whether it is there at all is known sooner than whether everything is in it.
    await client.cluster.health({ timeout: '1s' });
    await ready();
    const { status } = await client.cluster.health({ index, timeout: '1s' });
    if (status === 'red') return 'a shard of the search index is missing';
    const isOurs = await hasOurDefinition(client, index);
    return isOurs
      ? undefined
      : 'the search index is of another version: npm run catalog:rebuild makes one of this';
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** Does it until it has succeeded once; calls at the same time share an attempt. */
function onceDone(work: () => Promise<void>): () => Promise<void> {
  let attempt: Promise<void> | undefined;
  return () => {
    attempt ??= work().catch((error: unknown) => {
      attempt = undefined;
      throw error;
    });
    return attempt;
  };
}
