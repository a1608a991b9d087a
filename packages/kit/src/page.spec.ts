import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { decodeCursor, encodeCursor, toPage } from './page.ts';

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const date = fc.date({ min: new Date(0), max: new Date('9999-12-31'), noInvalidDate: true });
const id = fc.stringMatching(/^[\x21-\x7e]{1,200}$/);
const raw = (text: string) => Buffer.from(text).toString('base64url');

describe('a cursor', () => {
  it('comes back as the place it was made of', () => {
    fc.assert(
      fc.property(date, id, (time, someId) => {
        const place = { time, id: someId };
        assert.deepEqual(decodeCursor(encodeCursor(place)), place);
      }),
    );
    const place = { time: new Date(5), id: '0198c0de-0000-7000-8000-000000000001' };
    assert.deepEqual(decodeCursor(encodeCursor(place), UUID), place);
  });

  it('decodes to nothing, and never throws, where it was not made here', () => {
    // A random text may happen to be a place; what it must not do is throw or make up a time that is none.
    fc.assert(fc.property(fc.string(), (text) => !Number.isNaN(decodeCursor(text)?.time.getTime())));
    for (const text of [
      '',
      '1',
      '1 ',
      ' id',
      '-1 id',
      '1.5 id',
      'x id',
      '1 a b',
      '1 \0',
      '8640000000000001 id',
    ]) {
      assert.equal(decodeCursor(raw(text)), undefined, text);
    }
    assert.equal(decodeCursor(raw('1 ORDER-1'), UUID), undefined);
  });
});

describe('a page', () => {
  const placeOf = (n: number) => ({ time: new Date(n), id: `id-${n}` });

  it('ends with a cursor at its last row where another row follows, and without one else', () => {
    assert.deepEqual(toPage([3, 2, 1], 2, placeOf), { items: [3, 2], nextCursor: encodeCursor(placeOf(2)) });
    assert.deepEqual(toPage([3, 2], 2, placeOf), { items: [3, 2] });
    assert.deepEqual(toPage([], 2, placeOf), { items: [] });
  });
});
