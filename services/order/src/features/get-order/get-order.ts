/** One order, now or as it was; and many at once. */
import type { Order, ShippingAddress } from '@ecommercestack/contracts';
import type { CallContext, Outcome } from '@ecommercestack/kit';
import { maySee, notFound } from '../../access.ts';
import { viewOf } from '../../domain/view.ts';
import type { OrderReader } from '../../ports.ts';

type Orders = Pick<OrderReader, 'load' | 'loadMany' | 'shippingAddress'>;

/** `asOf`: a version, or an RFC 3339 time. An order that had not got that far then is not found. */
export interface GetOrderInput {
  readonly orderId: string;
  readonly asOf?: string | undefined;
}

type OrderDetail = Order & { shippingAddress?: ShippingAddress };

export function getOrder(orders: Orders) {
  return async ({ orderId, asOf }: GetOrderInput, { actor }: CallContext): Promise<Outcome<OrderDetail>> => {
    const upTo = asOf === undefined ? undefined : pointInTime(asOf);
    const [order, shippingAddress] = await Promise.all([
      orders.load(orderId, upTo),
      orders.shippingAddress(orderId),
    ]);
    if (order === undefined || !maySee(actor, order)) return notFound(orderId);
    if (typeof upTo === 'number' && order.version !== upTo) return notFound(`${orderId} at version ${upTo}`);
    return { ok: true, value: { ...viewOf(order), ...(shippingAddress && { shippingAddress }) } };
  };
}

/** Orders the caller may not see are left out. */
export function getOrders(orders: Orders) {
  return async (
    { orderIds }: { readonly orderIds: readonly string[] },
    { actor }: CallContext,
  ): Promise<Outcome<{ items: Order[] }>> => {
    const found = await orders.loadMany([...new Set(orderIds)]);
    return { ok: true, value: { items: found.filter((order) => maySee(actor, order)).map(viewOf) } };
  };
}

function pointInTime(asOf: string): number | Date {
  return /^\d+$/.test(asOf) ? Number(asOf) : new Date(asOf);
}
