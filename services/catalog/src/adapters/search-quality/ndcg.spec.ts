import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ndcg } from './ndcg.ts';

const grades = new Map([
  ['a', 3],
  ['b', 2],
  ['c', 1],
]);

describe('nDCG', () => {
  it('is 1 for the best order, and 0 where nothing is of use', () => {
    assert.equal(ndcg(['a', 'b', 'c', 'x'], grades, 10), 1);
    assert.equal(ndcg(['x', 'y'], grades, 10), 0);
    assert.equal(ndcg([], grades, 10), 0);
  });

  it('takes off for a worse order, by the place and the grade', () => {
    const best = 7 + 3 / Math.log2(3) + 1 / 2;
    assert.equal(ndcg(['b', 'a', 'c'], grades, 10), (3 + 7 / Math.log2(3) + 1 / 2) / best);
    assert.equal(ndcg(['x', 'a'], grades, 10), 7 / Math.log2(3) / best);
  });

  it('sees nothing beyond the first k, neither found nor to be found', () => {
    assert.equal(ndcg(['x', 'a'], grades, 1), 0);
    assert.equal(ndcg(['a'], grades, 1), 1);
  });
});
