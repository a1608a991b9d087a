/** The lines of a watch, as events. https://kubernetes.io/docs/reference/using-api/api-concepts/#efficient-detection-of-changes */
import { z } from 'zod';
import { statusOf } from './answers.ts';

/** An object as it was sent, with at least what names it. */
export interface RawObject {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly resourceVersion: string;
    readonly [field: string]: unknown;
  };
  readonly [field: string]: unknown;
}

export type WatchEvent =
  | { readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'; readonly object: RawObject }
  | { readonly type: 'BOOKMARK'; readonly resourceVersion: string };

/** The server ended the watch with a refusal; `Expired` and `Gone` ask for a new list. */
export class WatchError extends Error {
  readonly code: number;
  readonly retryAfterMs: number | undefined;

  constructor(code: number, message: string, retryAfterMs?: number) {
    super(`the watch ended with ${code}: ${message}`);
    this.name = 'WatchError';
    this.code = code;
    this.retryAfterMs = retryAfterMs;
  }
}

/** A line that nobody can read: something was lost, nobody knows what. */
export class WatchGarbled extends Error {
  constructor(options: ErrorOptions) {
    super('the watch sent a line that cannot be read', options);
    this.name = 'WatchGarbled';
  }
}

/** Half a line at the end is left out: the next watch sends it again in whole. Throws `WatchError` and `WatchGarbled`. */
export async function* watchEvents(bytes: AsyncIterable<Buffer>): AsyncGenerator<WatchEvent> {
  let rest: Buffer[] = [];
  for await (const chunk of bytes) {
    let from = 0;
    for (let end = chunk.indexOf(LINE_END); end >= 0; end = chunk.indexOf(LINE_END, from)) {
      const line = Buffer.concat([...rest, chunk.subarray(from, end)]);
      rest = [];
      from = end + 1;
      if (line.length > 0) yield eventOf(line.toString());
    }
    if (from < chunk.length) rest.push(chunk.subarray(from));
  }
}

const LINE_END = 0x0a;

const object = z.looseObject({
  metadata: z.looseObject({
    name: z.string(),
    namespace: z.string().optional(),
    resourceVersion: z.string(),
  }),
});
const event = z.discriminatedUnion('type', [
  z.object({ type: z.enum(['ADDED', 'MODIFIED', 'DELETED']), object }),
  z.object({
    type: z.literal('BOOKMARK'),
    object: z.object({ metadata: z.object({ resourceVersion: z.string() }) }),
  }),
  z.object({ type: z.literal('ERROR'), object: z.unknown() }),
]);

function eventOf(line: string): WatchEvent {
  const read = parse(line);
  switch (read.type) {
    case 'ERROR': {
      const { code = 500, message = 'no reason was given', details } = statusOf(read.object);
      const seconds = details?.retryAfterSeconds;
      throw new WatchError(code, message, seconds === undefined ? undefined : seconds * 1_000);
    }
    case 'BOOKMARK':
      return { type: 'BOOKMARK', resourceVersion: read.object.metadata.resourceVersion };
    case 'ADDED':
    case 'MODIFIED':
    case 'DELETED':
      return { type: read.type, object: read.object as RawObject };
  }
}

function parse(line: string): z.infer<typeof event> {
  try {
    return event.parse(JSON.parse(line));
  } catch (error) {
    throw new WatchGarbled({ cause: error });
  }
}
