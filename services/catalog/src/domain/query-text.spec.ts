import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { parseQuery } from './query-text.ts';

const nothing = { words: '', phrases: [] };

describe('what somebody typed', () => {
  it('has words, phrases and what must not be there', () => {
    assert.deepEqual(parseQuery('green "first flush" tea -matcha -"dark roast"'), [
      {
        wanted: { words: 'green tea', phrases: ['first flush'] },
        excluded: { words: 'matcha', phrases: ['dark roast'] },
      },
    ]);
  });

  it('has alternatives, of which an empty one is none', () => {
    assert.deepEqual(
      parseQuery('or turntable OR secateurs or').map(({ wanted }) => wanted.words),
      ['turntable', 'secateurs'],
    );
    assert.deepEqual(parseQuery('oregano')[0]?.wanted.words, 'oregano');
  });

  it('keeps a hyphen within a word, and takes a quote that is not closed for a phrase', () => {
    assert.deepEqual(parseQuery('pu-erh')[0]?.wanted, { words: 'pu-erh', phrases: [] });
    assert.deepEqual(parseQuery('"dutch oven')[0]?.wanted, { words: '', phrases: ['dutch oven'] });
  });

  it('is nothing without a letter or digit', () => {
    for (const text of ['', ' ', '"', '-', '""', '- -', '💥', 'or', '-""'])
      assert.deepEqual(parseQuery(text), [], text);
  });

  it('never gives an empty alternative, whatever was typed', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        for (const alternative of parseQuery(text)) {
          assert.notDeepEqual(alternative, { wanted: nothing, excluded: nothing });
        }
      }),
      { numRuns: 1_000 },
    );
  });
});
