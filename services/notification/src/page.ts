/** Pages of a list, newest first, by keyset: a page begins after the last row of the one before. */
import { staffRoles } from '@ecommercestack/contracts';
import type { Actor, Outcome } from '@ecommercestack/kit';

/** A row's place in a list. */
export interface Place {
  readonly time: Date;
  readonly id: string;
}

export interface PageQuery {
  /** Undefined: of everybody. */
  readonly customerId: string | undefined;
  readonly orderId: string | undefined;
  readonly after: Place | undefined;
  readonly limit: number;
}

const FORM = /^(\d{1,15}) ([\x21-\x7e]{1,200})$/;
const LATEST_DATE = 8_640_000_000_000_000;

export function encodeCursor({ time, id }: Place): string {
  return Buffer.from(`${time.getTime()} ${id}`).toString('base64url');
}

/** Undefined for what this service has not issued. */
export function decodeCursor(cursor: string): Place | undefined {
  const [, time, id] = FORM.exec(Buffer.from(cursor, 'base64url').toString()) ?? [];
  if (id === undefined || Number(time) > LATEST_DATE) return undefined;
  return { time: new Date(Number(time)), id };
}

export interface PageInput {
  readonly orderId?: string | undefined;
  readonly cursor?: string | undefined;
  readonly limit: number;
}

/** Customers see what is theirs. Staff see that of any order, and without one their own. */
export function toPageQuery(input: PageInput, actor: Actor): Outcome<PageQuery> {
  const { orderId, cursor, limit } = input;
  const after = cursor === undefined ? undefined : decodeCursor(cursor);
  if (cursor !== undefined && after === undefined) {
    return { ok: false, problem: { code: 'invalid-request', detail: 'The cursor is not one of this list.' } };
  }
  const seesAll = orderId !== undefined && staffRoles.some((role) => actor.roles.includes(role));
  return { ok: true, value: { customerId: seesAll ? undefined : actor.id, orderId, after, limit } };
}

/** Cuts a list that was read one row longer than asked for. */
export function toPage<T>(
  found: readonly T[],
  limit: number,
  placeOf: (item: T) => Place,
): { readonly items: T[]; readonly nextCursor?: string } {
  const items = found.slice(0, limit);
  const last = items.at(-1);
  if (found.length <= limit || last === undefined) return { items };
  return { items, nextCursor: encodeCursor(placeOf(last)) };
}
