import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Pool } from 'pg';
import { CommitUnknownError } from './errors.ts';
import type { EventStore } from './event-store.ts';
import type { ProcessorMemory } from './processor-memory.ts';
import { createProcessor } from './processor.ts';
import { event, withStore } from './spec-support.ts';
import type { Envelope } from './types.ts';

interface Count extends Envelope {
  readonly streamId: string;
  /** Asks for the length of the stream only. */
  readonly look?: true;
}

/** Appends one event per message; the result is the version after it. `reads` says how often it had to read. */
function createCounter(store: EventStore, memory: Partial<ProcessorMemory<Count, number>> = {}) {
  const seen = { reads: 0, conflicts: 0 };
  const processor = createProcessor<Count, number>({
    store,
    consumer: 'counter',
    streams: ({ streamId }) => [streamId],
    preload: ({ streamId }) => [streamId],
    prefetch: () => {
      seen.reads += 1;
      return Promise.resolve(undefined);
    },
    memory: { recall: () => ({ fetched: undefined }), begins: () => true, ...memory },
    async handle(tx, messages) {
      const streams = await tx.load(messages.map(({ streamId }) => streamId));
      const versions = new Map([...streams].map(([id, events]) => [id, events.length]));
      return messages.map(({ streamId, look }) => {
        const version = versions.get(streamId) ?? 0;
        if (look) return version;
        if (version === 0) tx.create(streamId, [event()]);
        else tx.append(streamId, version, [event()]);
        versions.set(streamId, version + 1);
        return version + 1;
      });
    },
    hooks: { onConflict: () => (seen.conflicts += 1) },
  });
  const count = async (streamId: string, messageId?: string) => {
    const handled = await processor.submit({ streamId, ...(messageId !== undefined && { messageId }) });
    return handled.kind === 'handled' ? handled.result : handled.kind;
  };
  return { processor, count, seen };
}

const versionsOf = async (store: EventStore, streamId: string) =>
  (await store.load(streamId)).map(({ version }) => version);

test('given streams that this process has begun, nothing is read to go on with them', () =>
  withStore(async ({ store }) => {
    const { count, seen } = createCounter(store);
    assert.deepEqual(await Promise.all([count('a', '1'), count('b', '2')]), [1, 1]);
    assert.deepEqual(await Promise.all([count('a', '3'), count('b', '4')]), [2, 2]);
    assert.deepEqual(await versionsOf(store, 'a'), [1, 2]);
    assert.deepEqual(seen, { reads: 0, conflicts: 0 });
  }));

test('given a stream that is not remembered, it is read once', () =>
  withStore(async ({ store, another }) => {
    const begun = createCounter(another());
    await begun.count('a');
    const { count, seen } = createCounter(store, { begins: () => false });
    assert.equal(await count('a'), 2);
    assert.equal(await count('a'), 3);
    assert.deepEqual(seen, { reads: 1, conflicts: 0 });
  }));

test('given a stream that another process has gone on with, the memory of it is found wrong and nothing is lost', () =>
  withStore(async ({ store, another }) => {
    let forgotten = 0;
    const { count, seen } = createCounter(store, { forget: () => (forgotten += 1) });
    const other = createCounter(another());
    await count('a');
    assert.equal(await other.count('a'), 2);
    assert.equal(await count('a', 'm'), 3);
    assert.deepEqual(await versionsOf(store, 'a'), [1, 2, 3]);
    assert.deepEqual([seen.conflicts, forgotten, seen.reads], [1, 1, 1]);
  }));

test('given two processes that take turns, most batches are read rather than tried in vain', () =>
  withStore(async ({ store, another }) => {
    const [one, two] = [createCounter(store), createCounter(another())];
    for (let turn = 0; turn < 100; turn += 1) {
      assert.equal(await (turn % 2 === 0 ? one : two).count('a'), turn + 1);
    }
    assert.ok(one.seen.conflicts + two.seen.conflicts < 30, `${one.seen.conflicts} + ${two.seen.conflicts}`);
  }));

test('given a message that was handled before, here or elsewhere, it is a duplicate and has no second effect', () =>
  withStore(async ({ store, another }) => {
    const { count } = createCounter(store);
    await count('a', '1');
    assert.equal(await count('a', '1'), 'duplicate');
    assert.deepEqual(await Promise.all([count('a', '2'), count('a', '2')]), [2, 'duplicate']);
    const other = createCounter(another());
    assert.equal(await other.count('b', '2'), 'duplicate');
    assert.deepEqual(await versionsOf(store, 'a'), [1, 2]);
    assert.deepEqual(await versionsOf(store, 'b'), []);
  }));

test('an answer that writes nothing is never given out of memory', () =>
  withStore(async ({ store, another }) => {
    const { processor, count } = createCounter(store);
    await count('a');
    await createCounter(another()).count('a');
    const looked = await processor.submit({ streamId: 'a', look: true });
    assert.deepEqual(looked, { kind: 'handled', result: 2 });
  }));

test('what its service finds unguarded is decided again on what is read', () =>
  withStore(async ({ store }) => {
    const { count, seen } = createCounter(store, { isGuarded: (results) => !results.includes(2) });
    assert.deepEqual([await count('a'), await count('a'), await count('a')], [1, 2, 3]);
    assert.deepEqual(seen, { reads: 1, conflicts: 0 });
  }));

test('writes of the service travel with it, are undone with it, and are told of once it is committed', () =>
  withStore(async ({ store, database }) => {
    await database.pool.query('CREATE TABLE taken (name text PRIMARY KEY)');
    const committed: string[] = [];
    const processor = createProcessor<Count & { readonly name: string }, string>({
      store,
      consumer: 'taker',
      streams: ({ streamId }) => [streamId],
      memory: { recall: () => ({ fetched: undefined }), begins: () => true },
      handle(tx, messages) {
        for (const { streamId, name } of messages) {
          tx.create(streamId, [event()]);
          tx.defer((client) => client.query('INSERT INTO taken VALUES ($1)', [name]));
          tx.afterCommit(() => committed.push(name));
        }
        return Promise.resolve(messages.map(({ name }) => name));
      },
    });
    await processor.submit({ streamId: 'a', name: 'x' });
    await assert.rejects(processor.submit({ streamId: 'b', name: 'x' }), /taken_pkey/);
    assert.deepEqual(await versionsOf(store, 'b'), []);
    assert.deepEqual(committed, ['x']);
  }));

test('where BEGIN fails, nothing that was sent along with it is done outside a transaction', () =>
  withStore(async ({ store, database }) => {
    const { count } = createCounter(store);
    breakBegin(database.pool);
    await assert.rejects(count('a', '1'), CommitUnknownError);
    const { rows } = await database.pool.query('SELECT message_id FROM inbox');
    assert.deepEqual(rows, []);
    assert.deepEqual(await versionsOf(store, 'a'), []);
  }));

function breakBegin(pool: Pool): void {
  pool.on('acquire', (client) => {
    const query = client.query.bind(client) as (...given: unknown[]) => unknown;
    const broken = (first: unknown, ...rest: unknown[]) =>
      typeof first === 'string' && first.startsWith('BEGIN') ? query('SELECT 1 / 0') : query(first, ...rest);
    Object.assign(client, { query: broken });
  });
}
