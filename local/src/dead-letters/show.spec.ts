import assert from 'node:assert/strict';
import { test } from 'node:test';
import { showLetters, showReplay, table } from './show.ts';

test('columns are as wide as their widest cell, and a row is one line', () => {
  const text = table(
    ['A', 'LONG'],
    [
      ['wide cell', 'x\n  y'],
      ['z', 'w'.repeat(50)],
    ],
    20,
  );
  assert.deepEqual(text.split('\n'), ['A          LONG', 'wide cell  x y', `z          ${'w'.repeat(8)}…`]);
});

test('nothing to show is said', () => {
  assert.equal(showLetters([]), 'There are none.');
});

test('a replay shows each of its parts, and who could not be asked', () => {
  const part = { handled: 3, failed: 1, remaining: 2, batch: 4, startedBy: 'ann' };
  const times = { startedAt: '2030-01-01T00:00:00.000Z', updatedAt: '2030-01-01T00:00:00.000Z' };
  const text = showReplay({
    replayId: 'r1',
    status: 'stopped',
    parts: [{ service: 'order', status: 'stopped', ...part, ...times, stopReason: 'too many' }],
    unavailable: ['payment'],
  });
  assert.match(text, /^Replay r1: stopped\n/);
  assert.match(text, /order +stopped +3 +1 +2 +too many/);
  assert.match(text, /Could not be asked: payment$/);
});
