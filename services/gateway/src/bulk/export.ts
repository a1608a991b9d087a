/** Everything a method has to give, a page at a time, as lines. */
import { once } from 'node:events';
import type { Request, Response } from 'express';
import { sendRefusal } from '../refusal.ts';
import { callBatch, type BulkCall, type BulkOptions } from './call.ts';

interface Page {
  readonly items: readonly unknown[];
  readonly next?: string;
}

/**
 * A client that reads slowly slows the reading of pages. What cannot be finished is cut off, so that nobody takes a part
 * for the whole; `after` with the last SKU received goes on from there.
 */
export async function serveExport(
  req: Request,
  res: Response,
  call: BulkCall,
  options: BulkOptions,
): Promise<void> {
  let { parts } = call;
  for (;;) {
    const answered = await callBatch(res, { ...call, parts }, options);
    if (answered === undefined) return;
    if (!answered.ok) {
      if (res.headersSent) res.destroy();
      else sendRefusal(res, answered.problem);
      return;
    }
    if (!res.headersSent) {
      res.status(200).set({ 'content-type': 'application/x-ndjson', 'cache-control': 'no-store' });
      if (req.method === 'HEAD') return void res.end();
      res.flushHeaders();
    }
    const { items, next } = answered.value as Page;
    const text = items.map((item) => `${JSON.stringify(item)}\n`).join('');
    if (text !== '' && !res.write(text) && !(await drained(res))) return;
    if (next === undefined) return void res.end();
    if (options.stopping.aborted) return void res.destroy();
    parts = { ...parts, query: { ...parts.query, after: next } };
  }
}

/** False where the client has left. */
async function drained(res: Response): Promise<boolean> {
  if (res.destroyed) return false;
  const left = new AbortController();
  try {
    await Promise.race([once(res, 'drain', left), once(res, 'close', left)]);
  } finally {
    left.abort();
  }
  return !res.destroyed;
}
