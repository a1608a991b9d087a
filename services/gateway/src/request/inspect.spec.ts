import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { inspect } from './inspect.ts';

const nested = (depth: number): unknown =>
  Array.from({ length: depth }).reduce((inner: unknown) => [inner], 'leaf');

describe('inspection of untrusted JSON', () => {
  it('passes what is harmless', () => {
    assert.equal(inspect({ a: [1, null, true, { b: 'c' }] }), undefined);
    assert.equal(inspect(undefined), undefined);
  });

  it('allows 20 levels and no more', () => {
    assert.equal(inspect(nested(20)), undefined);
    assert.equal(inspect(nested(21)), 'too-deep');
  });

  it('finds card numbers in values, numbers and keys, however deep', () => {
    assert.equal(inspect({ a: [{ b: '4242 4242 4242 4242' }] }), 'card-number');
    assert.equal(inspect({ a: 4_242_424_242_424_242 }), 'card-number');
    assert.equal(inspect({ '4242424242424242': 1 }), 'card-number');
  });

  it('finds keys that would change prototypes', () => {
    assert.equal(inspect(JSON.parse('{"a": {"__proto__": {"admin": true}}}')), 'forbidden-key');
  });
});
