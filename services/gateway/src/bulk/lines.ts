/** The lines of a request's body, one at a time: what is read and not yet handled stays small, however long it is. */
import type { Readable } from 'node:stream';
import { within } from '@ecommercestack/kit';

const MAX_LINE_BYTES = 64 * 1_024;
const LINE_FEED = 0x0a;

export interface Line {
  /** From 1. */
  readonly number: number;
  /** Undefined where it is longer than 64 KiB. */
  readonly bytes: Buffer | undefined;
}

/** Empty lines are passed over, and counted. Throws `LateError` when nothing comes for `idleMs`, and what the stream throws. */
export async function* linesOf(body: Readable, idleMs: number): AsyncGenerator<Line> {
  let number = 0;
  let parts: Buffer[] = [];
  let length = 0;
  const finish = (): Line | undefined => {
    number += 1;
    const bytes = length > MAX_LINE_BYTES ? undefined : Buffer.concat(parts);
    parts = [];
    length = 0;
    return bytes !== undefined && isBlank(bytes) ? undefined : { number, bytes };
  };
  const take = (part: Buffer): void => {
    length += part.length;
    if (length <= MAX_LINE_BYTES) parts.push(part);
    else parts = [];
  };
  for await (const chunk of chunksOf(body, idleMs)) {
    let rest = chunk;
    for (let end = rest.indexOf(LINE_FEED); end >= 0; end = rest.indexOf(LINE_FEED)) {
      take(rest.subarray(0, end));
      rest = rest.subarray(end + 1);
      const line = finish();
      if (line !== undefined) yield line;
    }
    if (rest.length > 0) take(rest);
  }
  const last = length > 0 ? finish() : undefined;
  if (last !== undefined) yield last;
}

function isBlank(bytes: Buffer): boolean {
  return bytes.every((byte) => byte === 0x20 || byte === 0x09 || byte === 0x0d);
}

/** Time counts only while a chunk is waited for, not while the one before is handled. */
async function* chunksOf(body: Readable, idleMs: number): AsyncGenerator<Buffer> {
  // Not destroyed where the reader stops early: the connection is still needed for the answer.
  const chunks = body.iterator({ destroyOnReturn: false }) as AsyncIterableIterator<Buffer>;
  for (;;) {
    const next = await within(idleMs, chunks.next());
    if (next.done === true) return;
    yield next.value;
  }
}
