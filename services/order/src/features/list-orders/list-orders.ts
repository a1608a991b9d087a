/** Orders, newest first, page by page. Read from a projection: a change shows a moment after its commit. */
import type { OrderStatus, OrderSummary } from '@ecommercestack/contracts';
import { decodeCursor, toPage } from '@ecommercestack/kit';
import type { CallContext, Outcome, Place } from '@ecommercestack/kit';
import { isStaff, refusal } from '../../access.ts';

export interface OrderFilter {
  readonly customerId?: string | undefined;
  readonly status?: OrderStatus | undefined;
  /** The row before the first: `time` of creation, and `id` of the order. */
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

/** A cursor is what a client sends, and the database takes nothing else for an order's id. */
const ORDER_ID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

const placeOf = ({ createdAt, orderId: id }: OrderSummary): Place => ({ time: new Date(createdAt), id });

/** A customer who asks for the orders of somebody else gets an empty page: there are none to see. */
export function listOrders(find: FindOrders) {
  return async (input: ListOrdersInput, { actor }: CallContext): Promise<Outcome<Page>> => {
    const { status, cursor, limit } = input;
    const after = cursor === undefined ? undefined : decodeCursor(cursor, ORDER_ID);
    if (cursor !== undefined && after === undefined) {
      const errors = [{ path: 'cursor', message: 'take it from nextCursor of the page before' }];
      return refusal('invalid-request', 'The cursor is not one of this service.', { errors });
    }
    const customerId = isStaff(actor) ? input.customerId : actor.id;
    if (!isStaff(actor) && input.customerId !== undefined && input.customerId !== actor.id) {
      return { ok: true, value: { items: [] } };
    }
    const found = await find({ customerId, status, after, limit: limit + 1 });
    return { ok: true, value: toPage(found, limit, placeOf) };
  };
}
