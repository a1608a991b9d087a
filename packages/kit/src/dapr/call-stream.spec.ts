import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { formatEvent } from '../http/sse.ts';
import type { StreamEvent } from '../ports.ts';
import { readEvents, withEnd } from './call-stream.ts';

async function* from<T>(items: readonly T[], end?: Error): AsyncGenerator<T> {
  yield* items;
  if (end !== undefined) throw end;
}

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const seen: T[] = [];
  for await (const item of items) seen.push(item);
  return seen;
}

const ignore = () => undefined;

/** The bytes of a whole stream. */
async function bytesOf(events: AsyncIterable<StreamEvent>): Promise<Buffer> {
  const written = await collect(withEnd(events, ignore));
  return Buffer.from(written.map((event) => `:\n\n${formatEvent(event)}`).join(''));
}

const events = fc.array(
  fc.record(
    {
      id: fc.stringMatching(/^\w{1,9}$/),
      event: fc.stringMatching(/^[a-z]{1,9}$/),
      data: fc.jsonValue({ stringUnit: 'grapheme' }),
    },
    { requiredKeys: ['event', 'data'] },
  ),
  { maxLength: 8 },
);

describe('a stream between apps', () => {
  it('arrives as it was sent, however its bytes are cut', async () => {
    await fc.assert(
      fc.asyncProperty(events, fc.array(fc.integer({ min: 1, max: 9 })), async (sent, sizes) => {
        const bytes = await bytesOf(from(sent));
        const chunks: Buffer[] = [];
        for (let at = 0, n = 0; at < bytes.length; n += 1) {
          const size = sizes[n] ?? bytes.length;
          chunks.push(bytes.subarray(at, at + size));
          at += size;
        }
        assert.deepEqual(await collect(readEvents(from(chunks))), JSON.parse(JSON.stringify(sent)));
      }),
    );
  });

  it('that is cut anywhere before its end has broken off', async () => {
    const bytes = await bytesOf(from([{ event: 'tick', data: 1 }]));
    for (let length = 0; length < bytes.length; length += 1) {
      await assert.rejects(collect(readEvents(from([bytes.subarray(0, length)]))), /broke off/);
    }
  });

  it('whose source breaks says so after its last event, and to whoever looks after the app', async () => {
    const errors: unknown[] = [];
    const bug = new Error('a bug');
    const written = await collect(
      withEnd(from([{ event: 'tick', data: 1 }], bug), (error) => errors.push(error)),
    );
    const reading = readEvents(from([Buffer.from(written.map(formatEvent).join(''))]));
    assert.deepEqual((await reading.next()).value, { event: 'tick', data: 1 });
    await assert.rejects(reading.next(), /source of the stream broke/);
    assert.deepEqual(errors, [bug]);
  });
});
