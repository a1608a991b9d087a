import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createDeciderProcessor } from './decider-processor.ts';
import type { EventStore } from './event-store.ts';
import { ConcurrencyError } from './errors.ts';
import { purgeInbox } from './inbox.ts';
import { createProcessor } from './processor.ts';
import { appendOne, event, withStore } from './spec-support.ts';
import type { Decider, Envelope } from './types.ts';

interface Add extends Envelope {
  readonly account: string;
  readonly amount: number;
}

interface Added {
  readonly type: 'added';
  readonly data: { readonly amount: number };
}

const counter: Decider<Add, Added, number, number> = {
  initialState: 0,
  decide({ account, amount }, total) {
    if (amount === 666) throw new Error('poison');
    return {
      events: amount === 0 ? [] : [{ type: 'added', data: { amount } }],
      messages: [{ topic: 'totals', key: account, type: 'total', payload: { total: total + amount } }],
      result: total + amount,
    };
  },
  evolve: (total, { data }) => total + data.amount,
};

const createCounter = (store: EventStore, sizes: number[] = []) =>
  createDeciderProcessor({
    store,
    consumer: 'counter',
    streamOf: ({ account }: Add) => account,
    decider: counter,
    hooks: { onBatch: ({ size }) => sizes.push(size) },
  });

const add = (account: string, amount: number, messageId?: string): Add => ({
  account,
  amount,
  ...(messageId === undefined ? {} : { messageId }),
});

test('what is fetched with the duplicate check is what the locks protect, and covers repeats too', () =>
  withStore(async ({ store, database }) => {
    await database.pool.query('CREATE TABLE balances (account text PRIMARY KEY, amount integer NOT NULL)');
    await database.pool.query("INSERT INTO balances VALUES ('a', 0)");
    const fetched: string[][] = [];
    const processor = createProcessor<Add, number, Map<string, number>>({
      store,
      consumer: 'balances',
      streams: ({ account }) => [account],
      async prefetch(client, messages) {
        fetched.push(messages.map(({ messageId = '' }) => messageId));
        const { rows } = await client.query<{ account: string; amount: number }>('SELECT * FROM balances');
        return new Map(rows.map(({ account, amount }) => [account, amount]));
      },
      async handle(tx, messages, balances) {
        const before = balances.get('a') ?? Number.NaN;
        const after = messages.reduce((sum, { amount }) => sum + amount, before);
        tx.defer((client) => client.query('UPDATE balances SET amount = $1', [after]));
        return messages.map(() => after);
      },
    });
    const submitted = ['1', '2', '1'].map((id) => processor.submit(add('a', 5, id)));
    assert.deepEqual(
      (await Promise.all(submitted)).map(({ kind }) => kind),
      ['handled', 'handled', 'duplicate'],
    );
    assert.deepEqual(await processor.submit(add('a', 7, '3')), { kind: 'handled', result: 17 });
    assert.deepEqual(fetched, [['1', '2', '1'], ['3']]);
  }));

test('a message that cannot be written is not taken for handled, nor are those of its batch', () =>
  withStore(async ({ store, database }) => {
    for (const memory of [undefined, { recall: () => ({ fetched: undefined }), begins: () => true }]) {
      const account = memory === undefined ? 'read' : 'remembered';
      const processor = createProcessor<Add, number>({
        store,
        consumer: account,
        streams: (message) => [message.account],
        ...(memory && { memory }),
        async handle(tx, messages) {
          for (const { amount } of messages)
            tx.setTimer({ streamId: account, name: `${amount}`, dueAt: new Date(amount), payload: null });
          return messages.map(({ amount }) => amount);
        },
      });
      const submitted = [1, Number.NaN, 2].map((amount) =>
        processor.submit(add(account, amount, `${amount}`)),
      );
      assert.deepEqual(
        (await Promise.allSettled(submitted)).map(({ status }) => status),
        ['fulfilled', 'rejected', 'fulfilled'],
      );
      const inbox = await database.pool.query<{ message_id: string }>(
        'SELECT message_id FROM inbox WHERE consumer = $1 ORDER BY message_id',
        [account],
      );
      assert.deepEqual(inbox.rows, [{ message_id: '1' }, { message_id: '2' }]);
      const timers = await database.pool.query('SELECT name FROM timers WHERE stream_id = $1 ORDER BY name', [
        account,
      ]);
      assert.deepEqual(timers.rows, [{ name: '1' }, { name: '2' }]);
    }
  }));

test('given an empty stream, messages of one batch chain: the first creates, the next append', () =>
  withStore(async ({ store }) => {
    const sizes: number[] = [];
    const processor = createCounter(store, sizes);
    const handled = await Promise.all([1, 2, 3, 0].map((amount) => processor.submit(add('a', amount))));
    assert.deepEqual(
      handled,
      [1, 3, 6, 6].map((result) => ({ kind: 'handled', result })),
    );
    assert.deepEqual(sizes, [4]);
    assert.deepEqual(
      (await store.load('a')).map(({ version, data }) => [version, data]),
      [
        [1, { amount: 1 }],
        [2, { amount: 2 }],
        [3, { amount: 3 }],
      ],
    );
    assert.deepEqual(await processor.submit(add('a', 4)), { kind: 'handled', result: 10 });
  }));

test('a message has its effect once: repeated in a batch, later, and in another process', () =>
  withStore(async ({ store, another }) => {
    const processor = createCounter(store);
    const other = createCounter(another());
    const kinds = async (submitted: Promise<{ kind: string }>[]) =>
      (await Promise.all(submitted)).map(({ kind }) => kind);
    const message = add('a', 5, 'm1');
    assert.deepEqual(await kinds([processor.submit(message), processor.submit(message)]), [
      'handled',
      'duplicate',
    ]);
    assert.deepEqual(await kinds([processor.submit(message), other.submit(message)]), [
      'duplicate',
      'duplicate',
    ]);
    const racing = await kinds([processor.submit(add('a', 7, 'm2')), other.submit(add('a', 7, 'm2'))]);
    assert.deepEqual(racing.toSorted(), ['duplicate', 'handled']);
    assert.equal((await store.load('a')).length, 2);
    const { rows } = await store.pool.query('SELECT count(*)::integer AS messages FROM outbox');
    assert.deepEqual(rows, [{ messages: 2 }]);
  }));

test('a poison message fails alone while its 127 neighbours commit, and may come again', () =>
  withStore(async ({ store }) => {
    const processor = createCounter(store);
    const submitted = Array.from({ length: 128 }, (_, index) =>
      processor.submit(add(`a${index % 50}`, index === 77 ? 666 : 1, `m${index}`)),
    );
    const settled = await Promise.allSettled(submitted);
    assert.deepEqual(
      settled.flatMap(({ status }, index) => (status === 'rejected' ? [index] : [])),
      [77],
    );
    const { rows } = await store.pool.query(
      `SELECT (SELECT count(*) FROM events)::integer AS events, (SELECT count(*) FROM inbox)::integer AS inbox,
        (SELECT count(*) FROM outbox)::integer AS outbox`,
    );
    assert.deepEqual(rows, [{ events: 127, inbox: 127, outbox: 127 }]);
    assert.deepEqual(await processor.submit(add('a27', 1, 'm77')), { kind: 'handled', result: 3 });
  }));

test('concurrent processors on the same streams lose nothing', () =>
  withStore(async ({ another }) => {
    const processors = [another(), another(), another()].map((store) => createCounter(store));
    await Promise.all(
      Array.from({ length: 600 }, (_, index) =>
        processors[index % 3]!.submit(add(`a${index % 7}`, 1, `m${index}`)),
      ),
    );
    const streams = await another().loadMany(Array.from({ length: 7 }, (_, index) => `a${index}`));
    assert.equal([...streams.values()].flat().length, 600);
  }));

test('the kept state of a long stream is never wrong: after failures, and beside another process', () =>
  withStore(async ({ store, another }) => {
    const processors = [createCounter(store), createCounter(another())];
    let total = 0;
    for (let turn = 0; turn < 12; turn += 1) {
      const batch = Array.from({ length: 10 }, (_, index) => (index === turn ? 666 : 1));
      await Promise.allSettled(batch.map((amount) => processors[turn % 2]!.submit(add('long', amount))));
      total += batch.filter((amount) => amount !== 666).length;
      assert.deepEqual(await processors[(turn + 1) % 2]!.submit(add('long', 0)), {
        kind: 'handled',
        result: total,
      });
    }
    assert.equal((await store.load('long')).length, total);
  }));

test('a conflict is tried once more, and then reported', () =>
  withStore(async ({ store, database }) => {
    let attempts = 0;
    let conflicts = 0;
    const processor = createProcessor<Envelope & { readonly stubborn: boolean }, string>({
      store,
      consumer: 'spec',
      streams: () => ['s'],
      hooks: { onConflict: () => (conflicts += 1) },
      handle(tx, messages) {
        attempts += 1;
        const conflicting = messages.some(({ stubborn }) => stubborn) || attempts === 1;
        tx.append('s', conflicting ? 99 : 1, [event()]);
        return Promise.resolve(messages.map(() => 'done'));
      },
    });
    await appendOne(store, 's', 0);
    assert.deepEqual(await processor.submit({ stubborn: false }), { kind: 'handled', result: 'done' });
    assert.equal(attempts, 2);
    await assert.rejects(processor.submit({ stubborn: true }), ConcurrencyError);
    assert.equal(attempts, 4);
    assert.equal(conflicts, 3);
    assert.equal(database.pool.waitingCount, 0);
  }));

test('when the database goes away the batch fails as a whole and is not tried in pieces', () =>
  withStore(async ({ store, database }) => {
    let attempts = 0;
    const processor = createProcessor<Envelope, string>({
      store,
      consumer: 'spec',
      streams: () => ['s'],
      async handle(tx, messages) {
        attempts += 1;
        const { rows } = await tx.client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
        await database.pool.query('SELECT pg_terminate_backend($1)', [rows[0]?.pid]);
        await tx.client.query('SELECT 1');
        return messages.map(() => 'done');
      },
    });
    const settled = await Promise.allSettled([
      processor.submit({ messageId: '1' }),
      processor.submit({ messageId: '2' }),
    ]);
    assert.deepEqual(
      settled.map((each) => each.status === 'rejected' && each.reason instanceof Error && each.reason.name),
      ['StoreUnavailableError', 'StoreUnavailableError'],
    );
    assert.equal(attempts, 1);
  }));

test('a handler that loses a result fails before anything is committed', () =>
  withStore(async ({ store }) => {
    const processor = createProcessor<Envelope, string>({
      store,
      consumer: 'spec',
      streams: () => ['s'],
      handle(tx) {
        tx.create('s', [event()]);
        return Promise.resolve([]);
      },
    });
    await assert.rejects(processor.submit({}), /1 messages gave 0 results/);
    assert.deepEqual(await store.load('s'), []);
  }));

test('the inbox forgets what is older than asked', () =>
  withStore(async ({ store }) => {
    const processor = createCounter(store);
    await processor.submit(add('a', 1, 'm'));
    assert.equal(await purgeInbox(store, new Date(Date.now() - 60_000)), 0);
    assert.equal((await processor.submit(add('a', 1, 'm'))).kind, 'duplicate');
    assert.equal(await purgeInbox(store, new Date(Date.now() + 60_000)), 1);
    assert.equal((await processor.submit(add('a', 1, 'm'))).kind, 'handled');
  }));

test('an inbox is purged in short transactions, and no further once that is stopped', () =>
  withStore(async ({ store, database: { pool } }) => {
    await pool.query(
      `INSERT INTO inbox (consumer, message_id, received_at)
        SELECT 'counter', n::text, now() - interval '1 hour' FROM generate_series(1, 12000) AS n;
       CREATE TABLE purges (size integer);
       CREATE FUNCTION note_purge() RETURNS trigger LANGUAGE plpgsql AS
         'BEGIN INSERT INTO purges SELECT count(*) FROM gone; RETURN NULL; END';
       CREATE TRIGGER purged AFTER DELETE ON inbox REFERENCING OLD TABLE AS gone
         FOR EACH STATEMENT EXECUTE FUNCTION note_purge()`,
    );
    assert.equal(await purgeInbox(store, new Date(), AbortSignal.abort()), 0);
    assert.equal(await purgeInbox(store, new Date()), 12_000);
    const { rows } = await pool.query<{ size: number }>('SELECT size FROM purges');
    assert.deepEqual(
      rows.map(({ size }) => size),
      [5_000, 5_000, 2_000],
    );
  }));
