import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { cursor as cursorSchema } from '@ecommercestack/contracts';
import fc from 'fast-check';
import type { Position, Sort } from '../../domain/search.ts';
import { decodeCursor, encodeCursor } from './cursor.ts';
import type { Searched } from './cursor.ts';

const byName: Searched = { filters: { text: 'tea' }, sort: 'name' };
const byNewest: Searched = { filters: { text: 'tea' }, sort: 'newest' };
const raw = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
/** What a forger would copy from a cursor of the search. */
const printOf = (search: Searched): unknown => {
  const cursor = Buffer.from(encodeCursor(search, { key: 1, sku: 'sku' }), 'base64url').toString();
  return (JSON.parse(cursor) as readonly unknown[])[0];
};

describe('a cursor', () => {
  it('comes back as it was, and fits its schema', () => {
    const anyKey = fc.oneof(
      fc.record({ sort: fc.constant<Sort>('name'), key: fc.string({ unit: 'grapheme', maxLength: 30 }) }),
      fc.record({ sort: fc.constantFrom<Sort>('relevance', 'newest', 'price-asc'), key: fc.nat() }),
    );
    fc.assert(
      fc.property(anyKey, fc.stringMatching(/^[A-Za-z0-9._-]{1,64}$/), ({ sort, key }, sku) => {
        fc.pre(typeof key === 'number' || !key.includes('\0'));
        const position: Position = { key, sku };
        const search: Searched = { filters: { text: 'tea' }, sort };
        const cursor = encodeCursor(search, position);
        assert.deepEqual(decodeCursor(search, cursor), position);
        assert.equal(cursorSchema.safeParse(cursor).success, true);
      }),
    );
  });

  it('stays within its schema at the longest name and SKU', () => {
    const cursor = encodeCursor(byName, { key: '\u{1F375}'.repeat(60), sku: 'S'.repeat(64) });
    assert.equal(cursorSchema.safeParse(cursor).success, true);
  });

  it('belongs to one search', () => {
    const cursor = encodeCursor(byName, { key: 'sencha', sku: 'TEA-1' });
    const others: readonly Searched[] = [
      { filters: { text: 'tea' }, sort: 'newest' },
      { filters: { text: 'teas' }, sort: 'name' },
      { filters: { category: 'tea' }, sort: 'name' },
      { filters: { brand: 'tea' }, sort: 'name' },
      { filters: { text: 'tea', minPrice: 0 }, sort: 'name' },
      { filters: { text: 'tea', maxPrice: 0 }, sort: 'name' },
      { filters: { text: 'tea', inStock: false }, sort: 'name' },
    ];
    for (const other of others) assert.equal(decodeCursor(other, cursor), undefined);
  });

  it('is refused when forged, whatever is in it', () => {
    const print = printOf(byName);
    const forged = [
      '',
      'x',
      '!!!',
      raw(null),
      raw({}),
      raw([print]),
      raw([print, 'key', 1]),
      raw([print, 1, 'sku']),
      raw([print, 'nul\0', 'sku']),
      raw([print, 'key', 'lone \ud800']),
      raw([print, 'x'.repeat(201), 'sku']),
    ];
    for (const cursor of forged) assert.equal(decodeCursor(byName, cursor), undefined, cursor);
    assert.deepEqual(decodeCursor(byName, raw([print, 'key', 'sku'])), { key: 'key', sku: 'sku' });
    for (const key of ['key', 1.5, -1, 9e15, null, true]) {
      assert.equal(decodeCursor(byNewest, raw([printOf(byNewest), key, 'sku'])), undefined, String(key));
    }
    fc.assert(fc.property(fc.string(), (cursor) => decodeCursor(byNewest, cursor) === undefined));
  });
});
