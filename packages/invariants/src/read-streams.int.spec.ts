import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import pg from 'pg';
import { readBrokenStreams, type StreamMark } from './read-streams.ts';

let client: pg.Client;
before(async () => {
  client = new pg.Client({ connectionString: process.env['DATABASE_URL'] });
  await client.connect();
  // Of this connection alone; the columns that are read are those of the event store.
  await client.query(
    'CREATE TEMPORARY TABLE events (stream_id text, version integer, transaction_id xid8, PRIMARY KEY (stream_id, version))',
  );
});
after(() => client.end());
beforeEach(() => client.query('TRUNCATE events'));

/** `versions` of a stream, all committed by one transaction. */
const commit = async (transaction: number, stream: string, ...versions: readonly number[]) =>
  client.query(
    'INSERT INTO events SELECT $1, version, $2::text::xid8 FROM unnest($3::integer[]) AS version',
    [stream, transaction, versions],
  );
const look = async (mark?: StreamMark) => {
  const { broken } = await readBrokenStreams('order', client, mark);
  return broken.toSorted((a, b) => a.streamId.localeCompare(b.streamId));
};
const seen = (horizon: number, ...broken: readonly string[]) => ({ horizon: String(horizon), broken });
const brokenStream = (streamId: string, events: number, lastVersion: number) => ({
  database: 'order',
  streamId,
  events,
  lastVersion,
});

test('the first look sees every gap, also at the beginning', async () => {
  await commit(1, 'sound', 1, 2, 3);
  await commit(1, 'gap', 1, 3);
  await commit(1, 'headless', 2, 3);
  assert.deepEqual(await look(), [brokenStream('gap', 2, 3), brokenStream('headless', 2, 3)]);
});

test('later looks see gaps in what is new, and between that and what was seen', async () => {
  await commit(5, 'sound', 1, 2);
  await commit(5, 'torn', 1, 2);
  for (const stream of ['sound', 'fresh']) await commit(10, stream, ...(stream === 'sound' ? [3] : [1, 2]));
  await commit(10, 'torn', 4);
  await commit(11, 'gap', 1, 3);
  await commit(11, 'headless', 2);
  assert.deepEqual(await look(seen(10)), [
    brokenStream('gap', 2, 3),
    brokenStream('headless', 1, 2),
    brokenStream('torn', 3, 4),
  ]);
});

test('later looks leave out what was seen, but for streams that were broken', async () => {
  await commit(5, 'gap', 1, 3);
  await commit(5, 'mended', 1, 2, 3);
  assert.deepEqual(await look(seen(10)), []);
  assert.deepEqual(await look(seen(10, 'gap', 'mended')), [brokenStream('gap', 2, 3)]);
});

test('a look ends at a horizon from which the next one goes on', async () => {
  await commit(1, 'gap', 1, 3);
  const { mark } = await readBrokenStreams('order', client);
  assert.deepEqual(mark.broken, ['gap']);
  assert.match(mark.horizon, /^[1-9]\d*$/);
  await client.query(
    "INSERT INTO events SELECT 'new', version, pg_current_xact_id() FROM unnest(ARRAY[1, 3]) AS version",
  );
  assert.deepEqual(await look(mark), [brokenStream('gap', 2, 3), brokenStream('new', 2, 3)]);
});
