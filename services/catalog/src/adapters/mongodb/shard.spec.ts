import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { shardCollections } from './shard.ts';
import type { Deployment } from './shard.ts';

/** A cluster as its manual describes it. None can be started here: the commands were not proven on a real one. */
function cluster({ mongos = true, keys = {} }: { mongos?: boolean; keys?: Record<string, object> } = {}) {
  const steps: string[] = [];
  const indexes = new Set<string>();
  const shardKeys = new Map(Object.entries(keys));
  const deployment: Deployment = {
    database: 'shop',
    async admin(command) {
      if ('hello' in command) return mongos ? { msg: 'isdbgrid' } : { setName: 'rs0' };
      steps.push(JSON.stringify(command));
      if (typeof command['shardCollection'] === 'string') {
        const collection = command['shardCollection'].replace('shop.', '');
        assert.ok(indexes.has(`${collection} ${JSON.stringify(command['key'])}`), 'the index must exist');
        shardKeys.set(collection, command['key'] as object);
      }
      return { ok: 1 };
    },
    shardKey: async (collection) => shardKeys.get(collection) as Record<string, unknown> | undefined,
    createIndex: async (collection, key) => indexes.add(`${collection} ${JSON.stringify(key)}`),
  };
  return { deployment, steps };
}

describe('sharding the catalog', () => {
  it('distributes events by product and products by category, once', async () => {
    const { deployment, steps } = cluster();
    assert.deepEqual(await shardCollections(deployment), {
      kind: 'sharded',
      collections: ['product_events', 'products'],
      already: [],
    });
    const done = [
      '{"enableSharding":"shop"}',
      '{"shardCollection":"shop.product_events","key":{"sku":"hashed"}}',
      '{"shardCollection":"shop.products","key":{"category":"hashed"}}',
    ];
    assert.deepEqual(steps, done);
    assert.deepEqual(await shardCollections(deployment), {
      kind: 'sharded',
      collections: [],
      already: ['product_events', 'products'],
    });
    assert.deepEqual(steps, done);
  });

  it('finishes what was begun', async () => {
    const { deployment } = cluster({ keys: { product_events: { sku: 'hashed' } } });
    assert.deepEqual(await shardCollections(deployment), {
      kind: 'sharded',
      collections: ['products'],
      already: ['product_events'],
    });
  });

  it('refuses a server that is no mongos, and a collection sharded otherwise, before it changes anything', async () => {
    const replicaSet = cluster({ mongos: false });
    assert.deepEqual(await shardCollections(replicaSet.deployment), { kind: 'not-a-mongos' });
    const other = cluster({ keys: { products: { _id: 1 } } });
    assert.deepEqual(await shardCollections(other.deployment), {
      kind: 'other-key',
      collection: 'products',
      key: '{"_id":1}',
    });
    assert.deepEqual([...replicaSet.steps, ...other.steps], []);
  });
});
