/** What every state store must do, wherever it keeps its values. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import type { StateStore } from '../ports.ts';

export interface StateStoreUnderTest {
  readonly store: StateStore<unknown>;
  /** Resolves when the store is that much older, by waiting or by moving its clock. */
  elapse(seconds: number): Promise<void>;
  close(): Promise<void>;
}

export type MakeStateStore = () => Promise<StateStoreUnderTest>;

interface Scene {
  readonly store: StateStore<unknown>;
  /** A key that nobody has used. */
  readonly key: string;
  /** Creates the key, and gives the etag of that. */
  readonly create: (value: unknown, ttlSeconds?: number) => Promise<string>;
  readonly elapse: (seconds: number) => Promise<void>;
}

type Test = (title: string, run: (scene: Scene) => Promise<void>) => void;

export function stateStoreContract(name: string, makeStore: MakeStateStore): void {
  describe(`${name}: state store contract`, () => {
    let opened: StateStoreUnderTest;
    before(async () => {
      opened = await makeStore();
    });
    after(() => opened.close());
    const test: Test = (title, run) => {
      it(title, () => run(createScene(opened)));
    };
    valueTests(test);
    writerTests(test);
    expiryTests(test);
  });
}

function valueTests(test: Test): void {
  test('gives back what was put, under its key alone', async ({ store, key, create }) => {
    const value = { text: 'grüße', list: [1, { nested: null }], flag: true };
    const etag = await create(value);
    assert.deepEqual(await store.get(key), { value, etag });
    assert.equal(await store.get(`${key}-other`), undefined);
  });

  test('takes keys as customers are named', async ({ store, key }) => {
    for (const id of [`guest:${key}`, `a.b_c-d@example.org:${key}`]) {
      assert.equal(await store.put(id, { id }, {}), 'saved');
      assert.deepEqual((await store.get(id))?.value, { id });
    }
  });

  test('has nothing where nothing was put', async ({ store, key }) => {
    assert.equal(await store.get(key), undefined);
    assert.equal(await store.delete(key), 'deleted');
    assert.equal(await store.delete(key, '1'), 'conflict');
    assert.equal(await store.put(key, 'value', { etag: '1' }), 'conflict');
    assert.equal(await store.get(key), undefined);
  });
}

function writerTests(test: Test): void {
  test('creates a key once', async ({ store, key, create }) => {
    const etag = await create('first');
    assert.equal(await store.put(key, 'second', {}), 'conflict');
    assert.deepEqual(await store.get(key), { value: 'first', etag });
  });

  test('lets the writer who has seen the latest value change it', async ({ store, key, create }) => {
    const first = await create('first');
    assert.equal(await store.put(key, 'second', { etag: first }), 'saved');
    const second = await store.get(key);
    assert.equal(second?.value, 'second');
    assert.notEqual(second.etag, first);
    assert.equal(await store.put(key, 'late', { etag: first }), 'conflict');
    assert.deepEqual(await store.get(key), second);
  });

  test('lets one of several writers win', async ({ store, key }) => {
    const race = async (etag?: string) => {
      const puts = ['a', 'b', 'c', 'd'].map((value) => store.put(key, value, { ...(etag && { etag }) }));
      const outcomes = await Promise.all(puts);
      assert.deepEqual(outcomes.toSorted(), ['conflict', 'conflict', 'conflict', 'saved']);
      const winner = await store.get(key);
      assert.ok(winner);
      assert.equal(winner.value, ['a', 'b', 'c', 'd'][outcomes.indexOf('saved')]);
      return winner.etag;
    };
    await race(await race());
  });

  test('deletes for the one who has seen the latest value', async ({ store, key, create }) => {
    const first = await create('first');
    await store.put(key, 'second', { etag: first });
    assert.equal(await store.delete(key, first), 'conflict');
    const second = await store.get(key);
    assert.equal(second?.value, 'second');
    assert.equal(await store.delete(key, second.etag), 'deleted');
    assert.equal(await store.get(key), undefined);
    await create('third');
  });

  test('deletes whatever is there when asked so', async ({ store, key, create }) => {
    await create('first');
    assert.equal(await store.delete(key), 'deleted');
    assert.equal(await store.get(key), undefined);
  });
}

function expiryTests(test: Test): void {
  test('forgets a value when its time is over', async ({ store, key, create, elapse }) => {
    const etag = await create('first', 1);
    await elapse(2);
    assert.equal(await store.get(key), undefined);
    assert.equal(await store.put(key, 'late', { etag }), 'conflict');
    assert.equal(await store.delete(key, etag), 'conflict');
    await create('second');
  });

  test('counts the time from the last write', async ({ store, key, create, elapse }) => {
    const etag = await create('first', 3);
    assert.equal(await store.put(key, 'second', { etag, ttlSeconds: 600 }), 'saved');
    await elapse(4);
    assert.equal((await store.get(key))?.value, 'second');
  });

  test('keeps for good what is put without a time', async ({ store, key, create, elapse }) => {
    const etag = await create('first', 3);
    assert.equal(await store.put(key, 'second', { etag }), 'saved');
    await elapse(4);
    assert.equal((await store.get(key))?.value, 'second');
  });
}

function createScene(opened: StateStoreUnderTest): Scene {
  const { store } = opened;
  const key = randomUUID();
  const create = async (value: unknown, ttlSeconds?: number) => {
    const options = ttlSeconds === undefined ? {} : { ttlSeconds };
    assert.equal(await store.put(key, value, options), 'saved');
    const found = await store.get(key);
    assert.ok(found);
    assert.deepEqual(found.value, value);
    return found.etag;
  };
  return { store, key, create, elapse: (seconds) => opened.elapse(seconds) };
}
