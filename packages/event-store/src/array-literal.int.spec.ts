import assert from 'node:assert/strict';
import { after, before, it } from 'node:test';
import fc from 'fast-check';
import { arrayLiteral } from './array-literal.ts';
import { createTestDatabase, type TestDatabase } from './testing.ts';

let database: TestDatabase;
before(async () => {
  database = await createTestDatabase();
});
after(() => database.drop());

const read = async (type: string, elements: Parameters<typeof arrayLiteral>[0]): Promise<unknown> => {
  const text = `SELECT $1::${type}[] AS read`;
  const { rows } = await database.pool.query<{ read: unknown }>(text, [arrayLiteral(elements)]);
  return rows[0]?.read;
};

void it('reads back as what was written, whatever the texts hold', async () => {
  const anyText = fc.oneof(
    fc.string({ unit: 'binary' }).map((text) => text.replaceAll('\0', '')),
    fc.constantFrom('', 'NULL', '"', '\\', '{a,b}', ' '),
    fc.constant(null),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(anyText), async (texts) => assert.deepEqual(await read('text', texts), texts)),
    { numRuns: 100 },
  );
});

void it('reads numbers and times', async () => {
  const times = [new Date('2030-01-01T12:00:00.123Z'), new Date(0)];
  assert.deepEqual(await read('timestamptz', times), times);
  assert.deepEqual(await read('integer', [1, -2, undefined]), [1, -2, null]);
});
