/** Cancels an order that is not yet being charged. Asking again is answered like the first time. */
import type { Order } from '@ecommercestack/contracts';
import type { CallContext, Clock, Outcome } from '@ecommercestack/kit';
import { mayChange, notFound, refusal } from '../../access.ts';
import { viewOf } from '../../domain/view.ts';
import type { OrderReader, SubmitOrder } from '../../ports.ts';

export interface CancelOrderPorts {
  readonly submit: SubmitOrder;
  readonly orders: Pick<OrderReader, 'load'>;
  readonly clock: Clock;
}

export function cancelOrder({ submit, orders, clock }: CancelOrderPorts) {
  return async ({ orderId }: { orderId: string }, { actor }: CallContext): Promise<Outcome<Order>> => {
    const order = await orders.load(orderId);
    if (order === undefined || !mayChange(actor, order)) return notFound(orderId);
    const command = { kind: 'cancel', orderId, at: clock.now() } as const;
    const handled = await submit({ command, actor: actor.id });
    if (handled.kind === 'duplicate') throw new Error('a cancellation carries no message id');
    const { result } = handled;
    if (result.kind === 'refused' || result.order.status === 'NONE') {
      return refusal('order-not-cancellable', 'It is being charged, or it has already ended.');
    }
    return { ok: true, value: viewOf(result.order) };
  };
}
