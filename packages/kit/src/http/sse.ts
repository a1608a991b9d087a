/** Server-sent events. */
import { once } from 'node:events';
import type { Request, Response } from 'express';
import type { StreamEvent } from '../ports.ts';
import { untilAborted } from '../streams.ts';

export interface SendEventsOptions {
  /** A comment is sent this often, so that proxies keep the connection and a lost client is noticed. Default 15,000. */
  readonly heartbeatMs?: number;
  /** Ends the stream, such as when the process drains; the client reconnects elsewhere. */
  readonly signal?: AbortSignal;
}

/** Where the client left off, for a source that can resume. */
export function lastEventId(req: Request): string | undefined {
  return req.get('last-event-id');
}

/**
 * Writes events until the source ends, the client leaves or the signal aborts; resolves then. A client that
 * reads slowly slows the source. An error of the source is thrown after the connection is cut, so that the
 * client sees a broken stream and not an ended one.
 */
export async function sendEvents(
  res: Response,
  events: AsyncIterable<StreamEvent>,
  options: SendEventsOptions = {},
): Promise<void> {
  const over = new AbortController();
  const end = () => over.abort();
  res.once('close', end);
  options.signal?.addEventListener('abort', end, { once: true });
  if (options.signal?.aborted === true) end();
  openStream(res);
  const heartbeat = setInterval(() => res.write(':\n\n'), options.heartbeatMs ?? 15_000).unref();
  try {
    for await (const event of untilAborted(events, over.signal)) {
      if (!res.write(formatEvent(event))) await drained(res, over.signal);
    }
    res.end();
  } catch (error) {
    res.destroy();
    throw error;
  } finally {
    clearInterval(heartbeat);
    options.signal?.removeEventListener('abort', end);
    res.removeListener('close', end);
  }
}

function openStream(res: Response): void {
  res.status(200).set({
    'content-type': 'text/event-stream',
    'cache-control': 'no-store, no-transform',
    'x-accel-buffering': 'no',
  });
  res.flushHeaders();
}

/** Data is JSON, so it never holds a line break; names and ids lose theirs. */
export function formatEvent({ id, event, data }: StreamEvent): string {
  const line = (text: string) => text.replaceAll(/[\r\n\0]/g, ' ');
  const head = id === undefined ? '' : `id: ${line(id)}\n`;
  return `${head}event: ${line(event)}\ndata: ${JSON.stringify(data ?? null)}\n\n`;
}

async function drained(res: Response, signal: AbortSignal): Promise<void> {
  await once(res, 'drain', { signal }).catch((error: unknown) => {
    if (!signal.aborted) throw error;
  });
}
