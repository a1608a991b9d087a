import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { EventStore } from './event-store.ts';
import { createProjection, ProjectionGapError, type ProjectionOptions } from './projection.ts';
import { appendOne, event, gate, until, withStore, type Fixture } from './spec-support.ts';

/** Counts events per stream: applied twice or not at all, a number is wrong. */
const tallies: Pick<ProjectionOptions, 'apply' | 'reset'> = {
  async apply(client, events) {
    await client.query(
      `INSERT INTO tallies SELECT id, count(*) FROM unnest($1::text[]) AS id GROUP BY id
       ON CONFLICT (id) DO UPDATE SET n = tallies.n + excluded.n`,
      [events.map(({ streamId }) => streamId)],
    );
  },
  async reset(client) {
    await client.query('DELETE FROM tallies');
  },
};

async function readTallies(store: EventStore): Promise<unknown[]> {
  return (await store.pool.query<{ id: string; n: number }>('SELECT id, n FROM tallies ORDER BY id')).rows;
}

const withTallies = (fn: (fixture: Fixture) => Promise<void>) =>
  withStore(
    async (fixture) => {
      await fixture.store.pool.query('CREATE TABLE tallies (id text PRIMARY KEY, n integer NOT NULL)');
      await fn(fixture);
    },
    { maxConnections: 20 },
  );

async function appendMany(store: EventStore, count: number): Promise<void> {
  await Promise.all(
    ['a', 'b', 'c', 'd'].map(async (id) => {
      const { length } = await store.load(id);
      for (let index = 0; index < count; index += 1) await appendOne(store, id, length + index);
    }),
  );
}

const eachHas = (n: number) => ['a', 'b', 'c', 'd'].map((id) => ({ id, n }));

test('two instances beside several writers apply each event exactly once', () =>
  withTallies(async (fixture) => {
    const { store, another, errors } = fixture;
    for (const each of [store, another()]) {
      const projection = createProjection({ store: each, name: 'tallies', ...tallies, batch: 7, pollMs: 20 });
      fixture.onEnd(() => projection.stop());
      projection.start();
    }
    await appendMany(store, 25);
    const last = createProjection({ store, name: 'tallies', ...tallies });
    await until(async () => (await last.lagSeconds()) === 0 && (await readTallies(store)).length === 4);
    await last.catchUp();
    assert.deepEqual(await readTallies(store), eachHas(25));
    assert.deepEqual(errors, []);
  }));

test('a failing apply leaves the checkpoint, and the events come again', () =>
  withTallies(async ({ store }) => {
    await appendMany(store, 2);
    let fail = true;
    const projection = createProjection({
      store,
      name: 'tallies',
      ...tallies,
      batch: 3,
      async apply(client, events) {
        await tallies.apply(client, events);
        if (fail && events.some(({ version }) => version === 2)) throw new Error('broken');
      },
    });
    await assert.rejects(projection.catchUp(), /broken/);
    fail = false;
    await projection.catchUp();
    assert.deepEqual(await readTallies(store), eachHas(2));
  }));

test('a rebuild equals the live result, and readers see the old content until it commits', () =>
  withTallies(async ({ store }) => {
    await appendMany(store, 5);
    const applying = gate();
    const finish = gate();
    let watched = false;
    const projection = createProjection({
      store,
      name: 'tallies',
      ...tallies,
      batch: 4,
      async apply(client, events) {
        await tallies.apply(client, events);
        if (!watched) return;
        applying.open();
        await finish.opened;
      },
    });
    assert.equal(await projection.catchUp(), 20);
    watched = true;
    const rebuilt = projection.rebuild();
    await applying.opened;
    assert.deepEqual(await readTallies(store), eachHas(5));
    await appendMany(store, 1);
    finish.open();
    await rebuilt;
    await projection.catchUp();
    assert.deepEqual(await readTallies(store), eachHas(6));
    assert.equal(await projection.catchUp(), 0);
  }));

test('an event whose predecessor is not applied holds the projection back, and is reported', () =>
  withTallies(async ({ store, database, errors }) => {
    await appendOne(store, 'a', 0);
    await store.transaction(['b'], (tx) => Promise.resolve(tx.create('b', [event(), event(), event()])));
    await database.pool.query("DELETE FROM events WHERE stream_id = 'b' AND version = 2");
    const projection = createProjection({ store, name: 'tallies', ...tallies });
    assert.equal(await projection.catchUp(), 2);
    assert.deepEqual(await readTallies(store), [
      { id: 'a', n: 1 },
      { id: 'b', n: 1 },
    ]);
    assert.equal(await projection.catchUp(), 0);
    assert.ok(errors.length === 2 && errors.every((error) => error instanceof ProjectionGapError));
  }));

test('the lag is the age of the oldest event not yet applied', () => {
  let now = new Date('2026-01-01T00:00:00Z');
  return withStore(
    async ({ store }) => {
      const projection = createProjection({
        store,
        name: 'none',
        apply: () => Promise.resolve(),
        reset: () => Promise.resolve(),
      });
      assert.equal(await projection.lagSeconds(), 0);
      await appendOne(store, 'a', 0);
      now = new Date(now.getTime() + 90_000);
      assert.equal(await projection.lagSeconds(), 90);
      await projection.catchUp();
      assert.equal(await projection.lagSeconds(), 0);
    },
    { now: () => now },
  );
});
