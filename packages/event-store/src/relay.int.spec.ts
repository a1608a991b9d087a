import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { EventStore } from './event-store.ts';
import { readDepth } from './outbox-table.ts';
import { createRelay, type Relay, type RelayOptions } from './relay.ts';
import { gate, until, withStore, type Fixture } from './spec-support.ts';
import type { OutboxRecord } from './types.ts';

type Published = Pick<OutboxRecord, 'key' | 'payload'>;

/** Publishes into a list. */
function recorder() {
  const seen: Published[] = [];
  const calls: (readonly OutboxRecord[])[] = [];
  return {
    seen,
    calls,
    publish(records: readonly OutboxRecord[]) {
      calls.push(records);
      seen.push(...records.map(({ key, payload }) => ({ key, payload })));
      return Promise.resolve(records.map(() => 'published' as const));
    },
    ofKey: (wanted: string) => seen.filter(({ key }) => key === wanted).map(({ payload }) => payload),
  };
}

async function publish(store: EventStore, key: string, ...payloads: number[]): Promise<void> {
  await store.transaction([key], (tx) =>
    Promise.resolve(
      tx.publish(payloads.map((payload) => ({ topic: 'numbers', key, type: 'number', payload }))),
    ),
  );
}

/** A relay that is stopped when its test ends, however it ends. */
function startable(fixture: Fixture, options: Partial<RelayOptions> & Pick<RelayOptions, 'publish'>): Relay {
  const relay = createRelay({ store: fixture.store, ...options });
  fixture.onEnd(() => relay.stop());
  return relay;
}

const quick = { pollMs: 20, leaseMs: 200, retryMs: 5 } satisfies Partial<RelayOptions>;
const isEmpty = async (store: EventStore): Promise<boolean> => {
  const { rows } = await store.pool.query<{ n: number }>('SELECT count(*)::integer AS n FROM outbox');
  return rows[0]?.n === 0;
};
const numbers = (count: number) => Array.from({ length: count }, (_, index) => index);

test('committed messages are published at once, in order per key, no key twice in a call, and then deleted', () =>
  withStore(async (fixture) => {
    const { store, errors } = fixture;
    const recording = recorder();
    // The poll comes too late for this test: what is published came by memory.
    const relay = startable(fixture, { store, ...recording, pollMs: 60_000 });
    await relay.start();
    await Promise.all(['a', 'b', 'c'].map((key) => publish(store, key, 1, 2, 3)));
    await publish(store, 'a', 4);
    await until(() => isEmpty(store));
    assert.deepEqual(recording.ofKey('a'), [1, 2, 3, 4]);
    assert.deepEqual(recording.ofKey('b'), [1, 2, 3]);
    for (const call of recording.calls) assert.equal(new Set(call.map(({ key }) => key)).size, call.length);
    assert.deepEqual(await readDepth(store.pool, store.now()), { pending: 0, oldestAgeSeconds: 0 });
    assert.deepEqual(errors, []);
  }));

/** Rows as another process has left them: held by nobody. */
async function leave(store: EventStore, topic: string, keys: readonly string[]): Promise<void> {
  await store.transaction(keys, async (tx) =>
    tx.publish(keys.map((key) => ({ topic, key, type: 'number', payload: 0 }))),
  );
}

async function leased({ pool }: EventStore): Promise<number> {
  const { rows } = await pool.query<{ n: number }>(
    'SELECT count(*)::integer AS n FROM outbox WHERE leased_until > clock_timestamp()',
  );
  return rows[0]?.n ?? 0;
}

for (const stuck of ['fails', 'is never answered'])
  test(`a topic whose publishing ${stuck} holds up no other, in memory or in the table`, () =>
    withStore(async (fixture) => {
      const { store, another } = fixture;
      const recording = recorder();
      const keys = numbers(200).map((n) => `bad-${n}`);
      const publishing = gate();
      const relay = startable(fixture, {
        ...quick,
        maxHeld: 20,
        maxInFlight: 4,
        publish: async (records) => {
          if (records[0]?.topic !== 'bad') return recording.publish(records);
          if (stuck === 'fails') throw new Error('no such topic');
          await publishing.opened;
          return records.map(() => 'published' as const);
        },
      });
      fixture.onEnd(async () => publishing.open());
      await leave(another(), 'bad', keys.slice(0, 170));
      await relay.start();
      await leave(store, 'bad', keys.slice(170));
      await publish(store, 'good', 1);
      await leave(another(), 'numbers', ['left behind']);
      await until(() => recording.seen.length === 2);
      assert.deepEqual(new Set(recording.seen.map(({ key }) => key)), new Set(['good', 'left behind']));
      // What is full and one page more; those of the commit as soon as their first lease has ended.
      await until(async () => (await leased(store)) <= 40);
    }));

test('rows that wait for earlier ones never take all the room', () =>
  withStore(async (fixture) => {
    const { store, another } = fixture;
    const recording = recorder();
    const relay = startable(fixture, { ...quick, ...recording, maxHeld: 10, pollMs: 300 });
    await relay.start();
    const keys = numbers(40).map((n) => `k${n}`);
    await leave(another(), 'numbers', keys);
    for (const key of keys) await publish(store, key, 1);
    await until(() => isEmpty(store));
    for (const key of keys) assert.deepEqual(recording.ofKey(key), [0, 1]);
  }));

test('a failing publisher is tried again, later messages of the key wait, other keys do not', () =>
  withStore(async (fixture) => {
    const { store, errors } = fixture;
    const recording = recorder();
    let failures = 3;
    const relay = startable(fixture, {
      store,
      ...quick,
      publish: async (records) => {
        if (records.some(({ key }) => key === 'thrown') && failures > 0) throw new Error('broker down');
        await recording.publish(records.filter(({ key }) => key !== 'sick' || failures === 0));
        return records.map(({ key }) =>
          key === 'sick' && failures > 0 ? new Error(`refused ${failures--}`) : 'published',
        );
      },
    });
    await relay.start();
    await publish(store, 'sick', 1, 2);
    await publish(store, 'well', 1, 2);
    await until(() => isEmpty(store));
    assert.deepEqual(recording.ofKey('sick'), [1, 2]);
    assert.deepEqual(recording.ofKey('well'), [1, 2]);
    assert.deepEqual(errors.map(String), ['Error: refused 3', 'Error: refused 2', 'Error: refused 1']);
    await relay.stop();
  }));

test('a publisher that throws or forgets an outcome publishes again', () =>
  withStore(async (fixture) => {
    const { store, errors } = fixture;
    const recording = recorder();
    let calls = 0;
    const relay = startable(fixture, {
      store,
      ...quick,
      publish(records) {
        calls += 1;
        if (calls === 1) return Promise.reject(new Error('broker down'));
        if (calls === 2) return Promise.resolve([]);
        return recording.publish(records);
      },
    });
    await relay.start();
    await publish(store, 'a', 1);
    await until(() => isEmpty(store));
    assert.deepEqual(recording.seen, [{ key: 'a', payload: 1 }]);
    assert.equal(errors.length, 2);
    await relay.stop();
  }));

test('a crash between publish and delete publishes again under the same id; a restart takes over at once', () =>
  withStore(async (fixture) => {
    const { store, another } = fixture;
    const before = recorder();
    const ended = gate();
    const crashed = createRelay({
      store,
      leaseMs: 60_000,
      async publish(records) {
        const outcomes = await before.publish(records);
        // The broker has it, and the process never comes to record that.
        await ended.opened;
        return outcomes;
      },
    });
    await crashed.start();
    await publish(store, 'a', 1, 2);
    await until(() => before.seen.length === 1);
    const after = recorder();
    const relay = startable(fixture, { store: another(), ...after, leaseMs: 60_000 });
    await relay.start();
    await until(() => isEmpty(store));
    assert.deepEqual(after.ofKey('a'), [1, 2]);
    assert.equal(after.calls[0]?.[0]?.id, before.calls[0]?.[0]?.id);
    ended.open();
    await crashed.stop();
  }));

test('what a process without a relay commits is published by another', () =>
  withStore(async (fixture) => {
    const { store, another } = fixture;
    await publish(store, 'a', 1);
    const recording = recorder();
    const relay = startable(fixture, { store: another({ owner: 'relay' }), ...recording, ...quick });
    await relay.start();
    await publish(store, 'a', 2, 3);
    await until(() => isEmpty(store));
    assert.deepEqual(recording.ofKey('a'), [1, 2, 3]);
    await relay.stop();
  }));

test('a message is not published while an earlier one of its key is pending at another relay', () =>
  withStore(async (fixture) => {
    const { store, another } = fixture;
    const slow = gate();
    const seen: unknown[] = [];
    const first = startable(fixture, {
      store,
      owner: 'first',
      ...quick,
      async publish(records) {
        await slow.opened;
        seen.push(...records.map(({ payload }) => payload));
        return records.map(() => 'published' as const);
      },
    });
    const recording = recorder();
    const otherStore = another();
    const second = startable(fixture, {
      store: otherStore,
      owner: 'second',
      ...quick,
      publish: (records) => {
        seen.push(...records.map(({ payload }) => payload));
        return recording.publish(records);
      },
    });
    await Promise.all([first.start(), second.start()]);
    await publish(store, 'a', 1, 2);
    await publish(otherStore, 'a', 3);
    await publish(otherStore, 'b', 9);
    // Longer than the lease: the first relay keeps its rows by renewing them.
    await until(() => recording.ofKey('b').length === 1);
    await sleep(quick.leaseMs * 2);
    assert.deepEqual(seen, [9]);
    slow.open();
    await until(() => isEmpty(store));
    assert.deepEqual(seen, [9, 1, 2, 3]);
    await Promise.all([first.stop(), second.stop()]);
  }));

test('two relays over many writers lose nothing and keep the order of each key, also through a restart', () =>
  withStore(
    async (fixture) => {
      const { another } = fixture;
      const all: Published[] = [];
      const publishSlowly = async (records: readonly OutboxRecord[]) => {
        await sleep(Math.random() * 4);
        return records.map((record) => {
          if (Math.random() < 0.02) return new Error('refused');
          all.push({ key: record.key, payload: record.payload });
          return 'published' as const;
        });
      };
      const stores = [another(), another()];
      const make = (store: EventStore, index: number) =>
        startable(fixture, { store, owner: `relay-${index}`, publish: publishSlowly, ...quick, maxBatch: 8 });
      const relays = stores.map(make);
      await Promise.all(relays.map((relay) => relay.start()));
      const next = new Map<string, number>();
      await Promise.all(
        numbers(8).map(async (writer) => {
          for (const turn of numbers(40)) {
            const key = `k${(writer + turn) % 5}`;
            await stores[(writer + turn) % 2]?.transaction([key], (tx) => {
              // Under the lock, so that the numbers are in the order of the commits.
              const payload = next.get(key) ?? 0;
              next.set(key, payload + 1);
              return Promise.resolve(tx.publish([{ topic: 't', key, type: 'n', payload }]));
            });
            if (writer === 0 && turn === 20) {
              await relays[0]?.stop();
              await relays[0]?.start();
            }
          }
        }),
      );
      const [store] = stores;
      assert.ok(store);
      await until(() => isEmpty(store));
      await Promise.all(relays.map((relay) => relay.stop()));
      for (const [key, count] of next) {
        const order = all.filter((each) => each.key === key).map(({ payload }) => payload);
        // A lease that ends under load repeats messages, which is allowed; the first of each are in order.
        assert.deepEqual([...new Set(order)], numbers(count), key);
      }
    },
    { maxConnections: 16 },
  ));

test('rows that another relay took over are let go', () =>
  withStore(async (fixture) => {
    const { store, database } = fixture;
    let calls = 0;
    const relay = startable(fixture, {
      store,
      ...quick,
      leaseMs: 60,
      retryMs: 400,
      publish: (records) => {
        calls += 1;
        return Promise.resolve(records.map(() => new Error('refused')));
      },
    });
    await relay.start();
    await publish(store, 'a', 1);
    await until(() => calls === 1);
    await database.pool.query("UPDATE outbox SET owner = 'other', leased_until = now() + interval '1 hour'");
    await sleep(1000);
    assert.equal(calls, 1);
    await relay.stop();
  }));
