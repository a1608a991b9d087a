import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { EventStore } from './event-store.ts';
import { logStart } from './read-events.ts';
import { appendOne, event, gate, until, withStore } from './spec-support.ts';
import type { Cursor, Positioned } from './types.ts';

async function readOn(store: EventStore, after: Cursor, limit = 100): Promise<[Cursor, Positioned[]]> {
  const page = await store.read({ after, limit });
  return [page.at(-1)?.position ?? after, [...page]];
}

test('a reader never loses events of a transaction that commits after later ones', () =>
  withStore(async ({ store }) => {
    const written = gate();
    const finish = gate();
    const slow = store.transaction(['slow'], async (tx) => {
      // The transaction has its id and its position; it commits only after the fast one.
      await tx.client.query(
        `INSERT INTO events (stream_id, version, event_id, type, schema_version, data, metadata, occurred_at)
         VALUES ('slow', 1, gen_random_uuid(), 'noted', 1, '{}', '{}', now())`,
      );
      written.open();
      await finish.opened;
    });
    await written.opened;
    await appendOne(store, 'fast', 0);
    const [cursor, early] = await readOn(store, logStart);
    finish.open();
    await slow;
    const seen = [...early];
    let next = cursor;
    await until(async () => {
      const [after, late] = await readOn(store, next);
      seen.push(...late);
      next = after;
      return seen.length === 2;
    });
    assert.deepEqual(seen.map(({ streamId }) => streamId).toSorted(), ['fast', 'slow']);
  }));

test('paging through the log gives every event once, in one order', () =>
  withStore(async ({ store }) => {
    for (let index = 0; index < 5; index += 1) {
      await store.transaction([`s${index}`], (tx) =>
        Promise.resolve(tx.create(`s${index}`, [event('a'), event('b'), event('c')])),
      );
    }
    // A transaction of another database of the server may hold the log back for a moment.
    await until(async () => (await readOn(store, logStart))[1].length === 15);
    const [, whole] = await readOn(store, logStart);
    const paged: Positioned[] = [];
    let cursor = logStart;
    for (let more = true; more;) {
      const [next, page] = await readOn(store, cursor, 4);
      paged.push(...page);
      cursor = next;
      more = page.length > 0;
    }
    assert.deepEqual(paged, whole);
  }));

test('with several writers the log keeps the order of each stream, because the lock comes before the inbox', () =>
  withStore(
    async ({ store }) => {
      let total = 0;
      const last = new Map<string, number>();
      let cursor = logStart;
      const readAll = async () => {
        const [next, page] = await readOn(store, cursor, 1000);
        cursor = next;
        for (const { streamId, version } of page) {
          assert.equal(version, (last.get(streamId) ?? 0) + 1, streamId);
          last.set(streamId, version);
        }
        total += page.length;
        return total === 640;
      };
      const reader = until(readAll);
      await Promise.all(
        Array.from({ length: 16 }, async (_, writer) => {
          for (let turn = 0; turn < 40; turn += 1) {
            const id = `s${(writer + turn) % 3}`;
            await store.transaction([id], async (tx) => {
              await tx.client.query('INSERT INTO inbox (consumer, message_id) VALUES ($1, $2)', [
                'spec',
                `${writer}-${turn}`,
              ]);
              const version = (await tx.load([id])).get(id)?.length ?? 0;
              if (version === 0) tx.create(id, [event()]);
              else tx.append(id, version, [event()]);
            });
          }
        }),
      );
      await reader;
    },
    { maxConnections: 20 },
  ));

test('following a stream gives what is there and what comes, from this process and from others, without gaps', () =>
  withStore(
    async ({ store, another }) => {
      const other = another();
      await appendOne(store, 's', 0);
      await appendOne(store, 's', 1);
      const abort = new AbortController();
      const seen: number[] = [];
      const following = (async () => {
        for await (const { version } of store.follow('s', 1, abort.signal)) {
          seen.push(version);
          if (version === 5) abort.abort();
        }
      })();
      await until(() => seen.length === 1);
      await appendOne(store, 's', 2);
      await appendOne(other, 's', 3);
      await appendOne(other, 'elsewhere', 0);
      await appendOne(store, 's', 4);
      await following;
      assert.deepEqual(seen, [2, 3, 4, 5]);
    },
    { pollMs: 30 },
  ));

test('an aborted follower ends at once, also while it waits', () =>
  withStore(async ({ store }) => {
    const abort = new AbortController();
    const ended = (async () => {
      for await (const _ of store.follow('none', 0, abort.signal));
      for await (const _ of store.followAll({ signal: abort.signal }));
    })();
    setTimeout(() => abort.abort(), 20);
    await ended;
  }));

test('following everything starts at the end, filters by type and prefix, and sees other processes', () =>
  withStore(
    async ({ store, another }) => {
      await appendOne(store, 'sku-old', 0);
      const abort = new AbortController();
      const seen: string[] = [];
      const after = await store.head();
      const following = (async () => {
        const options = { signal: abort.signal, after, types: ['noted'], streamPrefix: 'sku-' };
        for await (const { streamId } of store.followAll(options)) {
          seen.push(streamId);
          if (seen.length === 3) abort.abort();
        }
      })();
      await appendOne(store, 'sku-1', 0);
      await appendOne(store, 'order-1', 0);
      await store.transaction(['sku-2'], (tx) => Promise.resolve(tx.create('sku-2', [event('ignored')])));
      await appendOne(another(), 'sku-3', 0);
      await appendOne(store, 'sku-4', 0);
      await following;
      assert.deepEqual(seen.toSorted(), ['sku-1', 'sku-3', 'sku-4']);
    },
    { pollMs: 30 },
  ));
