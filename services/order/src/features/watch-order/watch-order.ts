/** The order now, then after every change, until it is terminal. */
import type { CallContext, Outcome, StreamEvent } from '@ecommercestack/kit';
import { maySee, notFound } from '../../access.ts';
import { isTerminal, type PlacedOrder } from '../../domain/order.ts';
import { viewOf } from '../../domain/view.ts';
import type { OrderReader } from '../../ports.ts';

type Orders = Pick<OrderReader, 'load' | 'follow'>;

/** A watcher that was cut off resumes with the version it saw last, and misses no state that lasts. */
export function watchOrder(orders: Orders) {
  return async (
    { orderId, afterVersion }: { readonly orderId: string; readonly afterVersion: number },
    { actor, signal }: CallContext,
  ): Promise<Outcome<AsyncIterable<StreamEvent>>> => {
    const order = await orders.load(orderId);
    if (order === undefined || !maySee(actor, order)) return notFound(orderId);
    return { ok: true, value: changes(orders, order, afterVersion, signal) };
  };
}

async function* changes(
  orders: Orders,
  order: PlacedOrder,
  afterVersion: number,
  signal: AbortSignal,
): AsyncGenerator<StreamEvent> {
  if (order.version > afterVersion) yield eventOf(order);
  if (isTerminal(order.status)) return;
  for await (const changed of orders.follow(order, signal)) {
    if (changed.version > afterVersion) yield eventOf(changed);
    if (isTerminal(changed.status)) return;
  }
}

function eventOf(order: PlacedOrder): StreamEvent {
  return { id: String(order.version), event: 'order', data: viewOf(order) };
}
