/** Orders, newest first, page by page. Read from a projection: a change shows a moment after its commit. */
import type { OrderStatus, OrderSummary } from '@ecommercestack/contracts';
import type { CallContext, Outcome } from '@ecommercestack/kit';
import { isStaff, refusal } from '../../access.ts';
import { decodeCursor, encodeCursor, type Place } from './cursor.ts';

export interface OrderFilter {
  readonly customerId?: string | undefined;
  readonly status?: OrderStatus | undefined;
  readonly after?: Place | undefined;
  readonly limit: number;
}

export type FindOrders = (filter: OrderFilter) => Promise<readonly OrderSummary[]>;

export interface ListOrdersInput {
  readonly status?: OrderStatus | undefined;
  readonly customerId?: string | undefined;
  readonly cursor?: string | undefined;
  readonly limit: number;
}

type Page = { items: OrderSummary[]; nextCursor?: string };

/** A customer who asks for the orders of somebody else gets an empty page: there are none to see. */
export function listOrders(find: FindOrders) {
  return async (input: ListOrdersInput, { actor }: CallContext): Promise<Outcome<Page>> => {
    const { status, cursor, limit } = input;
    const after = cursor === undefined ? undefined : decodeCursor(cursor);
    if (cursor !== undefined && after === undefined) {
      const errors = [{ path: 'cursor', message: 'take it from nextCursor of the page before' }];
      return refusal('invalid-request', 'The cursor is not one of this service.', { errors });
    }
    const customerId = isStaff(actor) ? input.customerId : actor.id;
    if (!isStaff(actor) && input.customerId !== undefined && input.customerId !== actor.id) {
      return { ok: true, value: { items: [] } };
    }
    // One more than asked for tells whether there is a next page.
    const found = await find({ customerId, status, after, limit: limit + 1 });
    const items = found.slice(0, limit);
    const last = items.at(-1);
    if (found.length <= limit || last === undefined) return { ok: true, value: { items } };
    const nextCursor = encodeCursor({ createdAt: new Date(last.createdAt), orderId: last.orderId });
    return { ok: true, value: { items, nextCursor } };
  };
}
