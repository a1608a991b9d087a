/** Lines of an import, checked one by one and gathered into calls of bounded size. */
import { MAX_IMPORT_BATCH, type ImportProblem, type Route } from '@ecommercestack/contracts';
import { inputProblems } from '@ecommercestack/kit';
import type { Refusal } from '@ecommercestack/kit';
import type { z } from 'zod';
import { refusal } from '../refusal.ts';
import { inspect } from '../request/inspect.ts';
import type { Line } from './lines.ts';

/** Well below what a sidecar accepts in one call. */
const MAX_BATCH_BYTES = 256 * 1_024;

export type Entry = { readonly line: number; readonly sku?: string } & (
  { readonly item: unknown } | { readonly problem: ImportProblem }
);

/** In order of lines; a batch may hold refused ones only. */
export async function* batchesOf(
  lines: AsyncIterable<Line>,
  { from, schema }: { readonly from: number; readonly schema: z.ZodType },
): AsyncGenerator<readonly Entry[]> {
  let batch: Entry[] = [];
  let bytes = 0;
  for await (const line of lines) {
    if (line.number < from) continue;
    batch.push(entryOf(line, schema));
    bytes += line.bytes?.length ?? 0;
    if (batch.length < MAX_IMPORT_BATCH && bytes < MAX_BATCH_BYTES) continue;
    yield batch;
    batch = [];
    bytes = 0;
  }
  if (batch.length > 0) yield batch;
}

/** The same checks as for the body of a single request. */
function entryOf({ number: line, bytes }: Line, schema: z.ZodType): Entry {
  if (bytes === undefined) return { line, problem: problemOf(refusal('payload-too-large')) };
  const value = parse(bytes);
  const sku = skuOf(value);
  const named = { line, ...(sku === undefined ? {} : { sku }) };
  const finding = inspect(value);
  if (finding === 'card-number') return { ...named, problem: problemOf(refusal('card-number-refused')) };
  const parsed = value === undefined || finding !== undefined ? undefined : schema.safeParse(value);
  if (parsed === undefined)
    return { ...named, problem: invalid('The line is not JSON in UTF-8 as it is accepted.') };
  if (parsed.success) return { ...named, item: parsed.data };
  return { ...named, problem: { ...invalid(), errors: [...inputProblems(parsed.error)] } };
}

function invalid(detail = 'The line does not have the expected form.'): ImportProblem {
  return { code: 'invalid-request', detail };
}

export function problemOf({ code, detail }: Refusal): ImportProblem {
  return { code, detail };
}

function parse(bytes: Buffer): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (error) {
    // Lines are the caller's input: a malformed one is refused, not a failure.
    if (error instanceof SyntaxError || error instanceof TypeError) return undefined;
    throw error;
  }
}

function skuOf(value: unknown): string | undefined {
  const named = typeof value === 'object' && value !== null && 'sku' in value ? value.sku : undefined;
  return typeof named === 'string' ? named.slice(0, 64) : undefined;
}

/** The lines that a route takes; undefined for a route that takes none. */
export function lineSchema(route: Route): z.ZodType | undefined {
  return route.bulk?.kind === 'import' ? route.bulk.line : undefined;
}
