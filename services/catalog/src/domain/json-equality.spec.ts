import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { equalJson } from './json-equality.ts';

const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));
const json = fc.jsonValue({ maxDepth: 3 }).map(plain);

function reversed(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(reversed);
  return Object.fromEntries(
    Object.entries(value)
      .toReversed()
      .map(([key, member]) => [key, reversed(member)]),
  );
}

describe('equality of JSON values', () => {
  it('is deep, and blind to the order of members', () => {
    fc.assert(fc.property(json, (value) => equalJson(value, reversed(value))));
    fc.assert(fc.property(json, json, (a, b) => equalJson(a, b) === isDeepStrictEqual(a, b)));
  });

  it('tells apart what is alike', () => {
    const alike: readonly (readonly [unknown, unknown])[] = [
      [
        ['a', 'b'],
        ['b', 'a'],
      ],
      [['a'], { 0: 'a' }],
      [{ a: 1 }, { a: 1, b: 2 }],
      [
        { a: 1, b: undefined },
        { a: 1, c: undefined },
      ],
      [{ a: { b: 1 } }, { a: { b: 2 } }],
      [null, {}],
      [0, ''],
    ];
    for (const [a, b] of alike) {
      assert.equal(equalJson(a, b), false, JSON.stringify([a, b]));
      assert.equal(equalJson(b, a), false, JSON.stringify([b, a]));
    }
  });
});
