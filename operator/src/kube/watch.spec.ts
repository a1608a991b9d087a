import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { watchEvents, WatchError, WatchGarbled, type WatchEvent } from './watch.ts';

const added = (name: string, resourceVersion: string) => ({
  type: 'ADDED',
  object: { metadata: { name, namespace: 'shop', resourceVersion }, data: { text: `ä\\n${name}` } },
});
const bookmark = (resourceVersion: string) => ({
  type: 'BOOKMARK',
  object: { kind: 'Pod', metadata: { resourceVersion } },
});
const lines = (...events: readonly unknown[]) => events.map((event) => `${JSON.stringify(event)}\n`).join('');

async function read(text: string, cuts: readonly number[] = []): Promise<WatchEvent[]> {
  const bytes = Buffer.from(text);
  const at = [0, ...cuts.map((cut) => Math.min(cut, bytes.length)).toSorted((a, b) => a - b), bytes.length];
  async function* chunks() {
    for (const [index, from] of at.entries()) yield bytes.subarray(from, at[index + 1]);
  }
  const events: WatchEvent[] = [];
  for await (const event of watchEvents(chunks())) events.push(event);
  return events;
}

const summary = (events: readonly WatchEvent[]) =>
  events.map((event) =>
    event.type === 'BOOKMARK' ? event.resourceVersion : `${event.type} ${event.object.metadata.name}`,
  );

describe('the lines of a watch', () => {
  test('are events, wherever the network cuts them', async () => {
    const text = lines(added('one', '1'), bookmark('2'), added('zwölf', '3'));
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(text.length + 8), { maxLength: 12 }), async (cuts) => {
        const events = await read(text, cuts);
        assert.deepEqual(summary(events), ['ADDED one', '2', 'ADDED zwölf']);
        assert.deepEqual(events[0]?.type === 'ADDED' && events[0].object['data'], { text: 'ä\\none' });
      }),
    );
  });

  test('half a line at the end is nothing', async () => {
    assert.deepEqual(summary(await read(`${lines(added('one', '1'))}{"type":"ADD`)), ['ADDED one']);
  });

  test('a refusal is thrown, with the time to wait for', async () => {
    const status = { code: 410, reason: 'Expired', message: 'too old', details: { retryAfterSeconds: 3 } };
    await assert.rejects(
      read(lines(added('one', '1'), { type: 'ERROR', object: status })),
      (error) => error instanceof WatchError && error.code === 410 && error.retryAfterMs === 3_000,
    );
  });

  for (const garbage of ['what?', '{}', '{"type":"ADDED","object":{}}', '{"type":"OTHER","object":{}}'])
    test(`a line that cannot be read is thrown: ${garbage}`, async () => {
      await assert.rejects(read(`${garbage}\n`), WatchGarbled);
    });
});
