/** Whose rows a page of a list shows, and where it begins. */
import { staffRoles } from '@ecommercestack/contracts';
import { decodeCursor } from '@ecommercestack/kit';
import type { Actor, Outcome, Place } from '@ecommercestack/kit';

export interface PageQuery {
  /** Undefined: of everybody. */
  readonly customerId: string | undefined;
  readonly orderId: string | undefined;
  readonly after: Place | undefined;
  readonly limit: number;
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
