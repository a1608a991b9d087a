import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { parseSearchText } from './search-text.ts';

describe('what somebody typed', () => {
  it('may end in a word that is not finished', () => {
    assert.deepEqual(parseSearchText('green Sen'), {
      web: 'green Sen',
      typing: { before: 'green ', prefix: 'sen' },
    });
    assert.deepEqual(parseSearchText('oak or red OR green Sen').typing, { before: 'green ', prefix: 'sen' });
    assert.deepEqual(parseSearchText('oak or sen').typing, { before: '', prefix: 'sen' });
    assert.deepEqual(parseSearchText('"oak or red" sen').typing, { before: '"oak or red" ', prefix: 'sen' });
    assert.deepEqual(parseSearchText('Crè').typing, { before: '', prefix: 'cre' });
  });

  it('is finished where its end is an operator, a phrase, or too short to tell', () => {
    for (const text of [
      'tea -green',
      '"green tea"',
      '"green te',
      'tea!',
      'tea x',
      "o'neill",
      'a:*',
      '\\',
      '   ',
    ]) {
      assert.deepEqual(parseSearchText(text), { web: text });
    }
  });

  it('gives a prefix of letters and digits only, whatever was typed', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const { typing } = parseSearchText(text);
        if (typing !== undefined) assert.match(typing.prefix, /^[\p{L}\p{Nd}]+$/u);
      }),
      { numRuns: 1_000 },
    );
  });
});
