import assert from 'node:assert/strict';
import { test } from 'node:test';
import { z } from 'zod';
import { adviseOn, formOf, type Suggestion } from './explain.ts';

const contracts = [{ topic: 'notes', type: 'noted', schema: z.strictObject({ text: z.string() }) }];
const message = (data: unknown, type = 'noted') => ({ topic: 'notes', type, data });

test('a message is held against the contract of its topic and type', () => {
  assert.deepEqual(formOf(message({ text: 'a' }), contracts), { kind: 'fits' });
  assert.deepEqual(formOf(message({}, 'other'), contracts), { kind: 'unknown' });
  assert.deepEqual(formOf({ ...message({ text: 'a' }), topic: 'else' }, contracts), { kind: 'unknown' });
  const form = formOf(message({ text: 1 }), contracts);
  assert.deepEqual(form.kind === 'broken' && form.problems.map(({ path }) => path), ['data.text']);
  const nothing = formOf(message(undefined), contracts);
  assert.deepEqual(nothing.kind === 'broken' && nothing.problems.map(({ path }) => path), ['data']);
});

const letter = { status: 'open', reason: 'no', consumer: 'a', topic: 'notes', type: 'noted' } as const;
const fits = { kind: 'fits' } as const;
const broken = { kind: 'broken', problems: [{ path: 'data', message: 'missing' }] } as const;

type Case = readonly [string, Suggestion, Parameters<typeof adviseOn>];

const cases: readonly Case[] = [
  ['what does not fit its contract is edited', 'edit', [letter, broken, true]],
  [
    'even where its reason looks like a passing one',
    'edit',
    [{ ...letter, reason: 'timeout' }, broken, true],
  ],
  ['what nobody reads is discarded', 'discard', [letter, broken, false]],
  ['what fits and failed needs a look', 'investigate', [letter, fits, true]],
  ['an unknown type needs a look', 'investigate', [letter, { kind: 'unknown' }, true]],
  ['what was replayed needs nothing', 'nothing', [{ ...letter, status: 'replayed' }, broken, true]],
  ['what was discarded needs nothing', 'nothing', [{ ...letter, status: 'discarded' }, broken, true]],
  ...[
    'connect ECONNREFUSED 127.0.0.1:5432',
    'Connection terminated unexpectedly',
    'order: timeout',
    'Query read timed out',
    'the database system is shutting down',
    'sorry, too many clients already',
    'order is not running',
    'deadlock detected',
    'the connection was lost while committing',
    'the sidecar gave it up: the service was away, or ended while handling it',
  ].map((reason): Case => [`"${reason}" passes`, 'replay', [{ ...letter, reason }, fits, true]]),
];

for (const [name, suggestion, given] of cases) {
  test(name, () => {
    const advice = adviseOn(...given);
    assert.equal(advice.suggestion, suggestion);
    assert.notEqual(advice.explanation, '');
    assert.equal(advice.problems.length, suggestion === 'edit' ? 1 : 0);
  });
}
