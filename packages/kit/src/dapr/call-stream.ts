/** Streams between apps: server-sent events whose end can be told from a connection that broke. */
import type { StreamEvent } from '../ports.ts';

/** The last event of a stream says how it ended: sidecars end an answer alike when its source is done and when it breaks. */
const DONE = 'end-of-stream';
const BROKEN = 'end-of-broken-stream';

/** The error of a source goes to `onError`, as its listener only learns that there was one. */
export async function* withEnd(
  events: AsyncIterable<StreamEvent>,
  onError: (error: unknown) => void,
): AsyncGenerator<StreamEvent> {
  let end = DONE;
  try {
    yield* events;
  } catch (error) {
    onError(error);
    end = BROKEN;
  }
  yield { event: end, data: null };
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
      if (event?.event === DONE) return;
      if (event?.event === BROKEN) throw new Error('the source of the stream broke');
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
  const data = JSON.parse(fields.get('data') ?? 'null') as unknown;
  return { ...(id !== undefined && { id }), event, data };
}
