/** The index holds what the events add up to, whatever happens to the processes that bring them there. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client, estypes } from '@elastic/elasticsearch';
import type { Product } from '@ecommercestack/contracts';
import { withStock } from '../../domain/announcement.ts';
import type { StockLevel } from '../../domain/announcement.ts';
import { skuOf, versionOf } from '../../domain/product.ts';
import type { KnownProduct } from '../../domain/product.ts';
import type { Position } from '../../domain/search.ts';
import { listed, withdrawn } from '../contract/samples.ts';
import { createClient } from './client.ts';
import { createElasticsearchIndex } from './search-index.ts';
import { openTestIndex } from './testing.ts';
import type { TestIndex } from './testing.ts';

const url = process.env['ELASTICSEARCH_URL'] ?? '';

/** The whole life of `products` products: three versions each, every fifth withdrawn at last. */
function lives(run: string, products: number): readonly KnownProduct[] {
  return Array.from({ length: products }, (_, at) => {
    const sku = `${run}-${at}`;
    const named = (version: number) => listed(sku, version, { name: `Version ${version}`, category: run });
    return [named(1), named(2), at % 5 === 0 ? withdrawn(sku, 3) : named(3)];
  }).flat();
}

function levels(run: string, products: number): readonly StockLevel[] {
  return Array.from({ length: products }, (_, at) => ({
    sku: `${run}-${at}`,
    version: 1 + (at % 4),
  })).flatMap(({ sku, version }) =>
    Array.from({ length: version }, (_, step) => ({ sku, version: step + 1, available: step })),
  );
}

function shuffled<T>(items: readonly T[]): readonly T[] {
  return items
    .map((item) => ({ item, at: Math.random() }))
    .toSorted((a, b) => a.at - b.at)
    .map(({ item }) => item);
}

function bySku(products: readonly Product[]): readonly Product[] {
  return products.toSorted((a, b) => (a.sku < b.sku ? -1 : 1));
}

async function inBatches<T>(
  items: readonly T[],
  size: number,
  work: (batch: readonly T[]) => Promise<unknown>,
) {
  for (let start = 0; start < items.length; start += size) await work(items.slice(start, start + size));
}

describe('projectors of Elasticsearch', () => {
  let opened: TestIndex;
  before(async () => {
    opened = await openTestIndex(process.env['ELASTICSEARCH_URL']);
  });
  after(() => opened.close());

  async function assertIsFold(run: string, products: number): Promise<void> {
    const newest = new Map(lives(run, products).map((state) => [skuOf(state), state]));
    const versions = await opened.index.versions([...newest.keys()]);
    assert.deepEqual(versions, new Map([...newest].map(([sku, state]) => [sku, versionOf(state)])));
    const stock = new Map(levels(run, products).map((level) => [level.sku, level]));
    const expected = [...newest.values()].flatMap((state) =>
      state.status === 'listed' ? [withStock(state.product, stock.get(state.product.sku))] : [],
    );
    assert.deepEqual(bySku(await findAll(run)), bySku(expected));
  }

  async function findAll(category: string): Promise<readonly Product[]> {
    const all: Product[] = [];
    for (let more = true, after: Position | undefined; more;) {
      const request = { filters: { category }, sort: 'name', limit: 100 } as const;
      const page = await opened.index.page({ ...request, ...(after === undefined ? {} : { after }) });
      all.push(...page.found.map(({ product }) => product));
      after = page.found.at(-1)?.position;
      more = page.more;
    }
    return all;
  }

  it('may be two at once, with everything out of order and twice', async () => {
    const run = 'both';
    const other = createClient(url);
    const second = createElasticsearchIndex({
      client: other,
      prefix: opened.prefix,
      pool: opened.database.pool,
    });
    const project = async (index: Pick<typeof second, 'apply' | 'applyStock'>): Promise<void> => {
      await Promise.all([
        inBatches(shuffled(lives(run, 40)), 7, (batch) => index.apply(batch)),
        inBatches(shuffled(levels(run, 40)), 5, (batch) => index.applyStock(batch)),
      ]);
    };
    await Promise.all([project(opened.index), project(second), project(second)]);
    await other.close();
    await assertIsFold(run, 40);
  });

  it('may be killed in the middle of its bulks: what comes again completes them', async () => {
    const run = 'killed';
    const products = 2_000;
    const states = lives(run, products);
    const program = `
      import { createClient } from ${JSON.stringify(import.meta.resolve('./client.ts'))};
      import { createElasticsearchIndex } from ${JSON.stringify(import.meta.resolve('./search-index.ts'))};
      const [url, prefix] = process.argv.slice(1);
      const chunks = await Array.fromAsync(process.stdin);
      const index = createElasticsearchIndex({ client: createClient(url), prefix, pool: undefined });
      const { states, levels } = JSON.parse(Buffer.concat(chunks).toString());
      await Promise.all([index.apply(states), index.applyStock(levels)]);`;
    const child = spawn(process.execPath, ['--input-type=module', '--eval', program, url, opened.prefix], {
      stdio: ['pipe', 'inherit', 'inherit'],
    });
    const exit = once(child, 'exit');
    child.stdin.end(JSON.stringify({ states, levels: levels(run, products) }));
    // It has written the first bulk of several, or is through with them: killed or not, the outcome is the same.
    while ((await opened.index.versions([`${run}-0`])).size === 0) await sleep(1);
    child.kill('SIGKILL');
    await exit;
    await opened.index.apply(states);
    await opened.index.applyStock(levels(run, products));
    await assertIsFold(run, products);
  });

  it('notice a level that was written while they wrote its product', async () => {
    const sku = 'meanwhile';
    const level = { sku, available: 6, version: 2 };
    const { client, prefix, database } = opened;
    // Between the reading of the levels and the writing of the documents.
    let told = false;
    const interrupted: Client = Object.assign(Object.create(client) as Client, {
      async bulk(request: estypes.BulkRequest) {
        if (!told) {
          told = true;
          await opened.index.applyStock([level]);
        }
        return client.bulk(request);
      },
    });
    const index = createElasticsearchIndex({ client: interrupted, prefix, pool: database.pool });
    await index.apply([listed(sku, 1)]);
    assert.equal(told, true);
    const { found } = await opened.index.page({
      filters: { text: sku, inStock: true },
      sort: 'name',
      limit: 1,
    });
    assert.equal(found[0]?.product.available, 6);
  });

  it('that stopped between a stock level and its product is made up for by the repeat', async () => {
    const sku = 'between';
    await opened.index.apply([listed(sku, 1)]);
    const level = { sku, available: 4, version: 9 };
    // As a projector leaves it that is killed after the first of its two writes.
    await opened.client.index({
      index: `${opened.prefix}-stock`,
      id: sku,
      version: level.version,
      version_type: 'external',
      document: { available: level.available, version: level.version },
    });
    assert.deepEqual(await opened.index.applyStock([level]), new Set());
    const { found } = await opened.index.page({
      filters: { text: sku, inStock: true },
      sort: 'name',
      limit: 1,
    });
    assert.equal(found[0]?.product.available, 4);
  });
});
