import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { createTestDatabase } from '../src/testing.ts';

test('the example runs as the README shows it', async () => {
  const database = await createTestDatabase();
  try {
    const program = fileURLToPath(new URL('./bank.ts', import.meta.url));
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [
      program,
      database.connectionString,
    ]);
    assert.equal(stderr, '');
    assert.deepEqual(stdout.trim().split('\n').toSorted(), [
      'at version 1 [{"amount":100}]',
      'm1 {"kind":"handled","result":{"accepted":true,"balance":100}}',
      'm2 {"kind":"duplicate"}',
      'm2 {"kind":"handled","result":{"accepted":true,"balance":70}}',
      'm3 {"kind":"handled","result":{"accepted":false,"balance":70}}',
      'moved in all 130',
      'published account-ann {"balance":100}',
      'published account-ann {"balance":70}',
    ]);
  } finally {
    await database.drop();
  }
});
