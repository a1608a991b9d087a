/** Cursors that continue a search where a page of it ended, and no other search. */
import { createHash } from 'node:crypto';
import { fingerprint, isStorable } from '../../domain/search.ts';
import type { Filters, Position, Sort } from '../../domain/search.ts';

export interface Searched {
  readonly filters: Filters;
  readonly sort: Sort;
}

export function encodeCursor(search: Searched, position: Position): string {
  return Buffer.from(JSON.stringify([printOf(search), position.key, position.sku])).toString('base64url');
}

/** Undefined for a cursor that this service did not make, or made for another search. */
export function decodeCursor(search: Searched, cursor: string): Position | undefined {
  const decoded = parseJson(Buffer.from(cursor, 'base64url').toString());
  if (!Array.isArray(decoded) || decoded.length !== 3 || decoded[0] !== printOf(search)) return undefined;
  const [, key, sku] = decoded as readonly unknown[];
  if (!isText(sku)) return undefined;
  if (search.sort === 'name') return isText(key) ? { key, sku } : undefined;
  return isKeyNumber(key) ? { key, sku } : undefined;
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value.length <= 200 && isStorable(value);
}

/** Prices, ranks and times (Unix milliseconds): whole, and no later than a Date can be. */
function isKeyNumber(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0 && Number(value) <= 8.64e15;
}

function printOf({ filters, sort }: Searched): string {
  return createHash('sha256').update(fingerprint(filters, sort)).digest('base64url').slice(0, 12);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // A cursor is the caller's input: a malformed one is refused, not a failure.
    return undefined;
  }
}
