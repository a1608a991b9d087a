import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CommitUnknownError, ConcurrencyError, StoreUnavailableError } from './errors.ts';
import { appendOne, event, withStore } from './spec-support.ts';

test('creating a stream twice fails, and the first creation stands', () =>
  withStore(async ({ store }) => {
    await appendOne(store, 's', 0);
    await assert.rejects(appendOne(store, 's', 0), ConcurrencyError);
    assert.equal((await store.load('s')).length, 1);
  }));

test('an append at another version than the present one fails: taken, beyond the end, or of an absent stream', () =>
  withStore(async ({ store }) => {
    await appendOne(store, 's', 0);
    await appendOne(store, 's', 1);
    await assert.rejects(appendOne(store, 's', 1), ConcurrencyError);
    await assert.rejects(appendOne(store, 's', 3), ConcurrencyError);
    await assert.rejects(appendOne(store, 'absent', 1), ConcurrencyError);
    assert.deepEqual(
      (await store.load('s')).map(({ version }) => version),
      [1, 2],
    );
  }));

test('of 20 parallel appends at one version exactly one succeeds; retried, none is lost and versions are gapless', () =>
  withStore(async ({ store }) => {
    await appendOne(store, 's', 0);
    let refused = 0;
    const appendRetrying = async (index: number): Promise<void> => {
      for (;;) {
        const version = (await store.load('s')).length;
        try {
          await store.transaction(['s'], (tx) =>
            Promise.resolve(tx.append('s', version, [event('n', index)])),
          );
          return;
        } catch (error) {
          assert.ok(error instanceof ConcurrencyError);
          refused += 1;
        }
      }
    };
    await Promise.all(Array.from({ length: 20 }, (_, index) => appendRetrying(index)));
    const events = await store.load('s');
    assert.deepEqual(
      events.map(({ version }) => version),
      Array.from({ length: 21 }, (_, index) => index + 1),
    );
    assert.equal(new Set(events.slice(1).map(({ data }) => data)).size, 20);
    assert.ok(refused > 0);
  }));

test('what is deferred commits with the transaction, in order, and undoes it where it fails', () =>
  withStore(async ({ store, database }) => {
    await database.pool.query('CREATE TABLE notes (note text PRIMARY KEY, "order" serial)');
    const write = (streamId: string, ...notes: readonly string[]) =>
      store.transaction([streamId], async (tx) => {
        tx.create(streamId, [event()]);
        for (const note of notes) tx.defer((client) => client.query('INSERT INTO notes VALUES ($1)', [note]));
      });
    await write('a', 'one', 'two');
    await assert.rejects(write('b', 'three', 'one', 'four'), /notes_pkey/);
    const { rows } = await database.pool.query<{ note: string }>('SELECT note FROM notes ORDER BY "order"');
    assert.deepEqual(
      rows.map(({ note }) => note),
      ['one', 'two'],
    );
    assert.deepEqual(await store.load('b'), []);
  }));

test('a version that is known is not asked for again, and still cannot be taken twice', () =>
  withStore(async ({ store }) => {
    await appendOne(store, 's', 0);
    const append = () =>
      store.transaction(['s'], async (tx) => {
        tx.knowVersion('s', 1);
        assert.equal((await tx.versions(['s'])).get('s'), 1);
        tx.append('s', 1, [event()]);
      });
    await append();
    await assert.rejects(append(), ConcurrencyError);
    assert.equal((await store.load('s')).length, 2);
  }));

test('a transaction sees what it has appended, and all of it is stored as it was returned', () =>
  withStore(async ({ store }) => {
    const seen = await store.transaction(['a', 'b'], async (tx) => {
      tx.create('a', [event('one', { n: 1 })], { causationId: 'm', actor: 'me' });
      tx.append('a', 1, [event('two', { deep: ['ä', null, 1.5] }), event('three')]);
      tx.create('b', [event()]);
      return tx.load(['a', 'b', 'absent']);
    });
    assert.deepEqual(await store.loadMany(['a', 'b', 'absent']), seen);
    assert.deepEqual(seen.get('absent'), []);
  }));

test('versions and events after a version are found without loading the stream, and are known to appends', () =>
  withStore(async ({ store }) => {
    for (let version = 0; version < 3; version += 1) await appendOne(store, 'a', version);
    await store.transaction(['a', 'b'], async (tx) => {
      assert.deepEqual(
        await tx.versions(['a', 'b']),
        new Map([
          ['a', 3],
          ['b', 0],
        ]),
      );
      tx.append('a', 3, [event()]);
      tx.create('b', [event()]);
      assert.deepEqual(
        await tx.versions(['a', 'b']),
        new Map([
          ['a', 4],
          ['b', 1],
        ]),
      );
      const tails = await tx.loadAfter(
        new Map([
          ['a', 1],
          ['absent', 0],
        ]),
      );
      assert.deepEqual(
        tails.get('a')?.map(({ version }) => version),
        [2, 3],
      );
      assert.deepEqual(tails.get('absent'), []);
    });
    assert.equal((await store.load('a')).length, 4);
  }));

test('a throw undoes everything, and writing an unlocked stream is a bug', () =>
  withStore(async ({ store }) => {
    const boom = new Error('boom');
    await assert.rejects(
      store.transaction(['s'], (tx) => {
        tx.create('s', [event()]);
        return Promise.reject(boom);
      }),
      boom,
    );
    await assert.rejects(
      store.transaction(['other'], (tx) => Promise.resolve(tx.create('s', [event()]))),
      /lock is not held/,
    );
    assert.deepEqual(await store.load('s'), []);
  }));

test('a statement whose failure the work has hidden fails the transaction', () =>
  withStore(async ({ store }) => {
    const hidden = store.transaction([], (tx) =>
      tx.client.query('SELECT 1/0').then(
        () => 'done',
        () => 'hidden',
      ),
    );
    await assert.rejects(hidden, /rolled back/);
  }));

test('load up to a version or a moment gives the stream as it was', () => {
  let now = new Date('2026-01-01T00:00:00Z');
  return withStore(
    async ({ store }) => {
      for (let version = 0; version < 4; version += 1) {
        await appendOne(store, 's', version);
        now = new Date(now.getTime() + 1000);
      }
      const versions = async (upTo: number | Date) =>
        (await store.load('s', { upTo })).map(({ version }) => version);
      assert.deepEqual(await versions(2), [1, 2]);
      assert.deepEqual(await versions(99), [1, 2, 3, 4]);
      assert.deepEqual(await versions(new Date('2026-01-01T00:00:01.500Z')), [1, 2]);
      assert.deepEqual(await versions(new Date('2025-12-31T00:00:00Z')), []);
      // A writer whose clock is behind: the cut stays a prefix.
      now = new Date('2025-06-01T00:00:00Z');
      await appendOne(store, 's', 4);
      assert.deepEqual(await versions(new Date('2026-01-01T00:00:01.500Z')), [1, 2]);
    },
    { now: () => now },
  );
});

test('a connection lost inside the work leaves nothing and is told apart; the next transaction succeeds', () =>
  withStore(async ({ store, database }) => {
    const killed = store.transaction(['s'], async (tx) => {
      tx.create('s', [event()]);
      const { rows } = await tx.client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
      await database.pool.query('SELECT pg_terminate_backend($1)', [rows[0]?.pid]);
      await tx.client.query('SELECT 1');
    });
    await assert.rejects(killed, StoreUnavailableError);
    await appendOne(store, 's', 0);
  }));

test('a connection lost while committing is an unknown outcome', () =>
  withStore(async ({ store, database }) => {
    await database.pool.query(
      `CREATE TABLE slow (id integer);
       CREATE FUNCTION hang() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(60); RETURN NULL; END';
       CREATE CONSTRAINT TRIGGER at_commit AFTER INSERT ON slow DEFERRABLE INITIALLY DEFERRED
         FOR EACH ROW EXECUTE FUNCTION hang()`,
    );
    const pids: number[] = [];
    const cut = store.transaction([], async (tx) => {
      const { rows } = await tx.client.query<{ pid: number }>(
        'INSERT INTO slow VALUES (1) RETURNING pg_backend_pid() AS pid',
      );
      pids.push(rows[0]?.pid ?? 0);
    });
    const outcome = assert.rejects(cut, CommitUnknownError);
    const committing =
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid = ANY($1) AND query = 'COMMIT'";
    while ((await database.pool.query(committing, [pids])).rowCount === 0);
    await outcome;
  }));

test('a database that cannot be reached is told apart', async () => {
  const { createEventStore } = await import('./event-store.ts');
  const { Pool } = await import('pg');
  const pool = new Pool({ connectionString: 'postgres://nobody@127.0.0.1:1/none' });
  await assert.rejects(appendOne(createEventStore({ pool }), 's', 0), StoreUnavailableError);
  await pool.end();
});

test('listeners hear of each commit once, and of no rollback', () =>
  withStore(async ({ store }) => {
    const heard: string[] = [];
    const stop = store.onCommit(({ events }) => heard.push(...events.map(({ streamId }) => streamId)));
    await appendOne(store, 'a', 0);
    await assert.rejects(appendOne(store, 'a', 0));
    stop();
    await appendOne(store, 'b', 0);
    assert.deepEqual(heard, ['a']);
  }));
