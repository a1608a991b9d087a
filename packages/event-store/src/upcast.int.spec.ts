import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { withStore } from './spec-support.ts';
import type { Upcasters } from './upcast.ts';

interface Golden {
  readonly type: string;
  readonly stored: readonly { readonly schemaVersion: number; readonly data: unknown }[];
  readonly read: { readonly schemaVersion: number; readonly data: unknown };
}

interface PriceV1 {
  readonly price: number;
}
interface PriceV2 {
  readonly amount: number;
}

const upcasters: Upcasters = {
  'item-added': [
    (data) => ({ amount: Math.round((data as PriceV1).price * 100) }),
    (data) => ({ ...(data as PriceV2), currency: 'EUR' }),
  ],
};

test('every version ever stored is read as the newest, and the stored rows stay as they are', async () => {
  const golden = JSON.parse(
    await readFile(new URL('./upcast.golden.json', import.meta.url), 'utf8'),
  ) as Golden;
  await withStore(
    async ({ store, database }) => {
      const stored = golden.stored.map(({ schemaVersion, data }) => ({
        type: golden.type,
        schemaVersion,
        data,
      }));
      await store.transaction(['s'], (tx) => Promise.resolve(tx.create('s', stored)));
      const shown = (await store.load('s')).map(({ schemaVersion, data }) => ({ schemaVersion, data }));
      assert.deepEqual(
        shown,
        golden.stored.map(() => golden.read),
      );
      const { rows } = await database.pool.query<{ data: unknown }>(
        'SELECT data FROM events ORDER BY version',
      );
      assert.deepEqual(
        rows.map(({ data }) => data),
        golden.stored.map(({ data }) => data),
      );
    },
    { upcasters },
  );
});

test('an event of a newer version than this process knows is passed through', () =>
  withStore(
    async ({ store }) => {
      const newer = { type: 'item-added', schemaVersion: 9, data: { anything: true } };
      await store.transaction(['s'], (tx) => Promise.resolve(tx.create('s', [newer])));
      const [read] = await store.load('s');
      assert.deepEqual(
        { schemaVersion: read?.schemaVersion, data: read?.data },
        { schemaVersion: 9, data: newer.data },
      );
    },
    { upcasters },
  ));
