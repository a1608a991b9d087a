import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { EventStore } from './event-store.ts';
import { until, withStore, type Fixture } from './spec-support.ts';
import { createTimers, type DueTimer, type Timers, type TimersOptions } from './timers.ts';

const start = new Date('2026-01-01T00:00:00Z');
const after = (seconds: number) => new Date(start.getTime() + seconds * 1000);

async function setTimer(
  store: EventStore,
  streamId: string,
  dueAt: Date,
  payload: unknown = null,
): Promise<void> {
  await store.transaction([], (tx) =>
    Promise.resolve(tx.setTimer({ streamId, name: 'deadline', dueAt, payload })),
  );
}

function recorder() {
  const fired: DueTimer[] = [];
  return {
    fired,
    onDue: (timer: DueTimer) => {
      fired.push(timer);
      return Promise.resolve();
    },
  };
}

async function countTimers(store: EventStore): Promise<number> {
  const { rows } = await store.pool.query<{ n: number }>('SELECT count(*)::integer AS n FROM timers');
  return rows[0]?.n ?? 0;
}

function startable(fixture: Fixture, options: Partial<TimersOptions> & Pick<TimersOptions, 'onDue'>): Timers {
  const timers = createTimers({ store: fixture.store, ...options });
  fixture.onEnd(() => timers.stop());
  return timers;
}

test('given a clock, a timer fires when it is due, not before, once, and is gone', () => {
  let now = start;
  return withStore(
    async ({ store }) => {
      const { fired, onDue } = recorder();
      const timers = createTimers({ store, onDue });
      await setTimer(store, 'a', after(10), { step: 'pay' });
      now = after(9);
      assert.equal(await timers.fireDue(), 0);
      now = after(10);
      assert.equal(await timers.fireDue(), 1);
      assert.deepEqual(fired, [
        { streamId: 'a', name: 'deadline', dueAt: after(10), payload: { step: 'pay' }, attempt: 1 },
      ]);
      assert.equal(await timers.fireDue(), 0);
      assert.equal(await countTimers(store), 0);
    },
    { now: () => now },
  );
});

test('set again it is replaced, cancelled it never fires, and the last word of a transaction holds', () => {
  let now = start;
  return withStore(
    async ({ store }) => {
      const { fired, onDue } = recorder();
      const timers = createTimers({ store, onDue });
      await setTimer(store, 'replaced', after(1), 'old');
      await setTimer(store, 'replaced', after(20), 'new');
      await setTimer(store, 'cancelled', after(1));
      await store.transaction([], (tx) => {
        tx.cancelTimer({ streamId: 'cancelled', name: 'deadline' });
        tx.setTimer({ streamId: 'undone', name: 'deadline', dueAt: after(1) });
        tx.cancelTimer({ streamId: 'undone', name: 'deadline' });
        return Promise.resolve();
      });
      now = after(10);
      assert.equal(await timers.fireDue(), 0);
      now = after(30);
      assert.equal(await timers.fireDue(), 1);
      assert.equal(fired[0]?.payload, 'new');
    },
    { now: () => now },
  );
});

test('a timer that its handler sets again stays set', () => {
  let now = start;
  return withStore(
    async ({ store }) => {
      const timers = createTimers({
        store,
        onDue: ({ streamId, dueAt }) => setTimer(store, streamId, new Date(dueAt.getTime() + 10_000)),
      });
      await setTimer(store, 'a', after(10));
      now = after(10);
      assert.equal(await timers.fireDue(), 1);
      assert.equal(await countTimers(store), 1);
      now = after(20);
      assert.equal(await timers.fireDue(), 1);
    },
    { now: () => now },
  );
});

test('after a failure it fires again', () =>
  withStore(async (fixture) => {
    const attempts: number[] = [];
    const timers = startable(fixture, {
      pollMs: 10,
      retryMs: 5,
      onDue({ attempt }) {
        attempts.push(attempt);
        return attempt < 3 ? Promise.reject(new Error('not yet')) : Promise.resolve();
      },
    });
    timers.start();
    await setTimer(fixture.store, 'a', new Date());
    await until(async () => (await countTimers(fixture.store)) === 0);
    assert.deepEqual(attempts, [1, 2, 3]);
    assert.deepEqual(fixture.errors.map(String), ['Error: not yet', 'Error: not yet']);
  }));

test('a timer of this process fires without waiting for a poll', () =>
  withStore(async (fixture) => {
    const { fired, onDue } = recorder();
    const timers = startable(fixture, { onDue, pollMs: 3_600_000 });
    timers.start();
    await setTimer(fixture.store, 'first', new Date());
    await until(() => fired.length === 1);
    await setTimer(fixture.store, 'later', new Date(Date.now() + 3_600_000));
    await setTimer(fixture.store, 'sooner', new Date(Date.now() + 50));
    await until(() => fired.length === 2);
    assert.deepEqual(
      fired.map(({ streamId }) => streamId),
      ['first', 'sooner'],
    );
  }));

test('two instances fire each of 300 timers once', () =>
  withStore(async (fixture) => {
    const { fired, onDue } = recorder();
    const instances = [fixture.another(), fixture.another()].map((store) =>
      startable(fixture, { store, onDue, pollMs: 10 }),
    );
    await fixture.store.transaction([], (tx) => {
      for (let index = 0; index < 300; index += 1) {
        tx.setTimer({ streamId: `s${index}`, name: 'deadline', dueAt: new Date() });
      }
      return Promise.resolve();
    });
    for (const instance of instances) instance.start();
    await until(async () => (await countTimers(fixture.store)) === 0);
    assert.equal(fired.length, 300);
    assert.equal(new Set(fired.map(({ streamId }) => streamId)).size, 300);
  }));

test('what a dead instance was firing is fired by the next one when the lease has ended', () =>
  withStore(async (fixture) => {
    const never = createTimers({
      store: fixture.store,
      leaseMs: 50,
      onDue: () => new Promise<void>(() => undefined),
    });
    await setTimer(fixture.store, 'a', new Date());
    void never.fireDue();
    const { fired, onDue } = recorder();
    const next = startable(fixture, { store: fixture.another(), onDue, pollMs: 10 });
    next.start();
    await until(() => fired.length === 1);
  }));
