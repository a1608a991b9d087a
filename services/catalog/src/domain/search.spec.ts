import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { productSearch, cursor as cursorSchema } from '@ecommercestack/contracts';
import fc from 'fast-check';
import { decodeCursor, encodeCursor, filtersOf, fingerprint, sortOf } from './search.ts';
import type { Position, Sort } from './search.ts';

const print = fingerprint({ text: 'tea' }, 'name');
const raw = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

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
        const cursor = encodeCursor(print, position);
        assert.deepEqual(decodeCursor(print, sort, cursor), position);
        assert.equal(cursorSchema.safeParse(cursor).success, true);
      }),
    );
  });

  it('stays within its schema at the longest name and SKU', () => {
    const cursor = encodeCursor(print, { key: '\u{1F375}'.repeat(60), sku: 'S'.repeat(64) });
    assert.equal(cursorSchema.safeParse(cursor).success, true);
  });

  it('belongs to one search', () => {
    const cursor = encodeCursor(print, { key: 'sencha', sku: 'TEA-1' });
    const others = [
      fingerprint({ text: 'tea' }, 'newest'),
      fingerprint({ text: 'teas' }, 'name'),
      fingerprint({ category: 'tea' }, 'name'),
      fingerprint({ brand: 'tea' }, 'name'),
      fingerprint({ text: 'tea', minPrice: 0 }, 'name'),
      fingerprint({ text: 'tea', maxPrice: 0 }, 'name'),
      fingerprint({ text: 'tea', inStock: false }, 'name'),
    ];
    for (const other of others) assert.equal(decodeCursor(other, 'name', cursor), undefined);
  });

  it('is refused when forged, whatever is in it', () => {
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
    for (const cursor of forged) assert.equal(decodeCursor(print, 'name', cursor), undefined, cursor);
    for (const key of ['key', 1.5, -1, 9e15, null, true]) {
      assert.equal(decodeCursor(print, 'newest', raw([print, key, 'sku'])), undefined, String(key));
    }
    fc.assert(fc.property(fc.string(), (cursor) => decodeCursor(print, 'newest', cursor) === undefined));
  });
});

describe('a search', () => {
  it('comes with the newest first when there is no text to be relevant to', () => {
    assert.equal(sortOf(productSearch.parse({})), 'newest');
    assert.equal(sortOf(productSearch.parse({ q: '  ' })), 'newest');
    assert.equal(sortOf(productSearch.parse({ q: 'tea' })), 'relevance');
    assert.equal(sortOf(productSearch.parse({ sort: 'name' })), 'name');
  });

  it('narrows by what was given, and by nothing else', () => {
    assert.deepEqual(filtersOf(productSearch.parse({ q: ' ' })), {});
    const given = { category: 'tea', brand: 'B', minPrice: 0, maxPrice: 5, inStock: false };
    assert.deepEqual(filtersOf(productSearch.parse({ ...given, q: ' tea ' })), { ...given, text: 'tea' });
  });
});
