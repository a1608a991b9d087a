/** Lines in, a report out: in batches, each handled before the next is read, so that no file is too long. */
import type { ImportReportLine, ImportResult } from '@ecommercestack/contracts';
import { LateError } from '@ecommercestack/kit';
import type { Outcome, Refusal } from '@ecommercestack/kit';
import type { Request, Response } from 'express';
import { refusal, sendRefusal } from '../refusal.ts';
import { batchesOf, lineSchema, problemOf, type Entry } from './batch.ts';
import { callBatch, type BulkCall, type BulkOptions } from './call.ts';
import { linesOf } from './lines.ts';

export interface ImportOptions extends BulkOptions {
  /** How long the client may send nothing. Milliseconds. */
  readonly idleMs: number;
}

/** Further ones are counted and not named: a report is never read while it could fill the memory. */
const MAX_NAMED = 1_000;

export async function serveImport(
  req: Request,
  res: Response,
  call: BulkCall,
  options: ImportOptions,
): Promise<void> {
  const schema = lineSchema(call.route);
  if (schema === undefined) throw new Error(`${call.route.id} takes no lines`);
  if (!isNdjson(req.headers['content-type'])) {
    return sendRefusal(res, refusal('unsupported-media-type', 'The body must be application/x-ndjson.'));
  }
  const report = createReport(res);
  const from = Number(call.parts.query['from'] ?? 1);
  try {
    for await (const batch of batchesOf(linesOf(req, options.idleMs), { from, schema })) {
      const stopped = await handleBatch(res, batch, call, options, report);
      if (stopped === 'left') return;
      if (stopped !== undefined) return report.stop(stopped);
    }
  } catch (error) {
    if (error instanceof LateError)
      return report.stop(refusal('invalid-request', 'The body does not go on.'));
    // The client is gone, and with it whoever could be told.
    if (req.destroyed || res.destroyed) return;
    throw error;
  }
  report.done();
}

/** Why nothing further is done; undefined to go on. */
async function handleBatch(
  res: Response,
  batch: readonly Entry[],
  call: BulkCall,
  options: ImportOptions,
  report: Report,
): Promise<Refusal | 'left' | undefined> {
  if (options.stopping.aborted) return refusal('overloaded', 'The gateway stops.');
  const items = batch.flatMap((entry) => ('item' in entry ? [entry.item] : []));
  const answered: Outcome<unknown> | undefined =
    items.length === 0
      ? { ok: true, value: { results: [] } }
      : await callBatch(res, { ...call, parts: { ...call.parts, body: items } }, options);
  if (answered === undefined) return 'left';
  if (!answered.ok) return answered.problem;
  const { results } = answered.value as { readonly results: readonly ImportResult[] };
  if (results.length !== items.length) throw new Error(`${call.route.call} gave ${results.length} results`);
  const left = results.values();
  for (const entry of batch) {
    report.add(entry, 'item' in entry ? (left.next().value ?? { problem: noResult }) : entry);
  }
  report.progress();
  return undefined;
}

const noResult = { code: 'internal', detail: 'There is no result.' };

type Report = ReturnType<typeof createReport>;

/** Begins with the first thing to say: until then a problem can still be the whole answer. */
function createReport(res: Response) {
  const counts = { lines: 0, created: 0, updated: 0, unchanged: 0, refused: 0 };
  const write = (line: ImportReportLine): void => {
    if (!res.headersSent) {
      res.status(200).set({
        'content-type': 'application/x-ndjson',
        'cache-control': 'no-store, no-transform',
        'x-accel-buffering': 'no',
      });
    }
    // Not held up by a client that reads only when it has sent everything: a report is short.
    res.write(`${JSON.stringify(line)}\n`);
  };
  return {
    add({ line, sku }: Entry, result: ImportResult): void {
      counts.lines = line;
      if ('change' in result) {
        counts[result.change] += 1;
        return;
      }
      counts.refused += 1;
      if (counts.refused > MAX_NAMED) return;
      write({ type: 'refused', line, ...(sku === undefined ? {} : { sku }), problem: result.problem });
    },
    progress: () => write({ type: 'progress', ...counts }),
    done(): void {
      write({ type: 'done', ...counts });
      res.end();
    },
    stop(problem: Refusal): void {
      if (!res.headersSent) return sendRefusal(res, problem);
      write({ type: 'stopped', ...counts, problem: problemOf(problem) });
      res.end();
    },
  };
}

function isNdjson(contentType = ''): boolean {
  return /^application\/(?:x-ndjson|jsonl)\s*(;\s*charset=("?)utf-8\2\s*)?$/i.test(contentType.trim());
}
