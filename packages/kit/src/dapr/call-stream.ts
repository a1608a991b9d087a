/** Streams between apps: server-sent events with an end that can be told from a connection that broke. */
import type { StreamEvent } from '../ports.ts';

/** The last event of a stream that ended well: a sidecar ends the answer the same way when its source breaks. */
const END = 'end-of-stream';

export async function* withEnd(events: AsyncIterable<StreamEvent>): AsyncGenerator<StreamEvent> {
  yield* events;
  yield { event: END, data: null };
}

/** The events in `chunks` of UTF-8; throws where they stop without the end that `withEnd` sends. */
export async function* readEvents(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<StreamEvent> {
  const decoder = new TextDecoder();
  let pending = '';
  for await (const chunk of chunks) {
    pending += decoder.decode(chunk, { stream: true });
    const blocks = pending.split('\n\n');
    pending = blocks.pop() ?? '';
    for (const block of blocks) {
      const event = parseEvent(block);
      if (event?.event === END) return;
      if (event !== undefined) yield event;
    }
  }
  throw new Error('the stream broke off');
}

/** Undefined for a comment. */
function parseEvent(block: string): StreamEvent | undefined {
  const fields = new Map<string, string>();
  for (const line of block.split('\n')) {
    const colon = line.indexOf(': ');
    if (colon > 0) fields.set(line.slice(0, colon), line.slice(colon + 2));
  }
  const event = fields.get('event');
  if (event === undefined) return undefined;
  const id = fields.get('id');
  return {
    ...(id !== undefined && { id }),
    event,
    data: JSON.parse(fields.get('data') ?? 'null') as unknown,
  };
}
