/** A rebuild is not noticed by those who search, and misses nothing that is written meanwhile. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { systemClock } from '@ecommercestack/kit';
import { createIndexCheck } from '../../features/check-index/check-index.ts';
import { rebuildIndex } from '../../features/project-products/project-products.ts';
import { absent } from '../../domain/product.ts';
import type { KnownProduct, ProductState } from '../../domain/product.ts';
import { productFields } from '../contract/samples.ts';
import { createMemoryProductStore } from '../memory/product-store.ts';
import { namesOf } from './names.ts';
import { existingAliases } from './generations.ts';
import { openTestIndex } from './testing.ts';
import type { TestIndex } from './testing.ts';

const STANDING = 300;

describe('a rebuild of the index in Elasticsearch', () => {
  let opened: TestIndex;
  const store = createMemoryProductStore(systemClock);
  const metadata = { actor: 'ada' };

  const create = (sku: string, tag: string): Promise<ProductState | 'conflict'> =>
    store.append(
      sku,
      absent,
      { type: 'product-created', data: { product: productFields(sku, { tags: [tag] }) } },
      metadata,
    );
  const known = (state: ProductState | 'conflict'): KnownProduct => {
    assert.ok(state !== 'conflict' && state.status !== 'absent');
    return state;
  };

  before(async () => {
    opened = await openTestIndex(process.env['ELASTICSEARCH_URL']);
    const made = [];
    for (let at = 0; at < STANDING; at += 1) made.push(known(await create(`standing-${at}`, 'standing')));
    await opened.index.apply(made);
  });
  after(() => opened.close());

  it('fails no search and loses no write while both go on', async () => {
    const { index } = opened;
    const done = new AbortController();
    let [searches, writes] = [0, 0];
    const search = async (): Promise<void> => {
      while (!done.signal.aborted) {
        const { total } = await index.summary({ text: 'standing' });
        assert.equal(total, STANDING);
        const page = await index.page({ filters: { text: 'standing' }, sort: 'newest', limit: 20 });
        assert.equal(page.found.length, 20);
        searches += 1;
      }
    };
    const write = async (writer: string): Promise<void> => {
      for (let at = 0; !done.signal.aborted; at += 1) {
        const sku = `${writer}-${at}`;
        const created = known(await create(sku, 'live'));
        await index.apply([created]);
        const amount = { changes: { price: { amount: at, currency: 'EUR' } } };
        const updated = await store.append(sku, created, { type: 'product-updated', data: amount }, metadata);
        await index.apply([known(updated)]);
        await index.applyStock([{ sku, available: at + 1, version: 1 }]);
        writes += 1;
      }
    };
    const load = [search(), search(), write('a'), write('b'), write('c')];
    // A failure under the load ends the test at once, and not only after the rebuilds.
    const rebuilds = (async () => {
      for (const pageSize of [20, 50, 100]) await rebuildIndex(store, index, { pageSize });
    })();
    await Promise.race([rebuilds, Promise.all(load)]);
    done.abort();
    await Promise.all([rebuilds, ...load]);
    assert.ok(searches > 0 && writes > 0);

    const check = createIndexCheck(store, index, {
      pageSize: 1_000,
      graceMs: 0,
      wait: async () => undefined,
    });
    assert.deepEqual(await check.step(done.signal), { behind: [], orphans: [] });
    assert.equal(await index.count(), STANDING + writes);
    assert.equal((await index.summary({ text: 'live', inStock: true })).total, writes);
  });

  it('keeps the index before, follows it, and can go back to it', async () => {
    const { index, client, prefix } = opened;
    const names = namesOf(prefix);
    const aliases = () => existingAliases(client, names);
    const before = (await aliases()).get(names.current);
    await rebuildIndex(store, index);
    assert.equal((await aliases()).get(names.previous), before);
    assert.notEqual((await aliases()).get(names.current), before);
    await index.apply([known(await create('after-rebuild', 'after'))]);
    assert.equal(await index.rollBack(), true);
    assert.equal((await aliases()).get(names.current), before);
    await index.apply([]);
    assert.equal((await index.summary({ text: 'after-rebuild' })).total, 1);
    const kept = await client.indices.get({ index: `${prefix}-products-*` });
    assert.equal(Object.keys(kept).length, 2);
  });

  it('has no index to go back to before the first', async () => {
    const fresh = await openTestIndex(process.env['ELASTICSEARCH_URL']);
    assert.equal(await fresh.index.rollBack(), false);
    await fresh.close();
  });

  it('puts the copies of its shards on another node', async () => {
    const { client, prefix } = opened;
    const { current } = namesOf(prefix);
    const health = await client.cluster.health({ index: current, wait_for_status: 'green', timeout: '60s' });
    assert.deepEqual([health.status, health.active_primary_shards, health.active_shards], ['green', 3, 6]);
  });

  it('replaces an index of another version, which is not taken for one that can be searched', async () => {
    const { index, client, prefix } = opened;
    assert.equal(await index.ping(), undefined);
    await client.indices.putMapping({ index: namesOf(prefix).current, _meta: { schemaVersion: 'older' } });
    assert.match((await index.ping()) ?? '', /npm run catalog:rebuild/);
    const { building, previous, current } = namesOf(prefix);
    await rebuildIndex(store, index);
    assert.equal(await index.ping(), undefined);
    // The one before could not take what is written now.
    assert.equal((await existingAliases(client, namesOf(prefix))).get(previous), undefined);
    assert.equal(await index.rollBack(), false);

    // What a rebuild of another version has left is not what is asked for.
    const broken = rebuildIndex(store, index, {
      pageSize: 50,
      onPage: () => {
        throw new Error('killed');
      },
    });
    await assert.rejects(broken, /killed/);
    await client.indices.putMapping({ index: building, _meta: { schemaVersion: 'older' } });
    const left = (await existingAliases(client, namesOf(prefix))).get(building);
    await rebuildIndex(store, index, { resume: true });
    assert.notEqual((await existingAliases(client, namesOf(prefix))).get(current), left);
    assert.equal(await index.ping(), undefined);
  });
});
