import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { reasonPattern } from './reason-pattern.ts';

const cases: readonly (readonly [string, string])[] = [
  ['no order 0198f7a0-0000-7000-8000-000000000001', 'no order <id>'],
  ['lines.3.quantity: must be 1 to 999', 'lines.<n>.quantity: must be <n> to <n>'],
  ['late since 2030-01-01T00:00:00.000Z', 'late since <time>'],
  ['span 4bf92f3577b34da6a3ce929d0e0e4736', 'span <id>'],
  ['a malformed product-created', 'a malformed product-created'],
  ['deadbeefcafe is a word', 'deadbeefcafe is a word'],
];

for (const [reason, pattern] of cases) {
  test(`${reason} → ${pattern}`, () => assert.equal(reasonPattern(reason), pattern));
}

test('reasons that differ in ids and numbers alone have one pattern, and none is long', () => {
  fc.assert(
    fc.property(fc.uuid(), fc.uuid(), fc.nat(), fc.nat(), (a, b, m, n) => {
      assert.equal(reasonPattern(`order ${a}: ${m} left`), reasonPattern(`order ${b}: ${n} left`));
    }),
  );
  assert.equal(reasonPattern('x'.repeat(5_000)).length, 300);
});
