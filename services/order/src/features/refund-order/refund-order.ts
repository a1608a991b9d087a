/** Staff take back a confirmed order. Asking again is answered like the first time. */
import type { Order } from '@ecommercestack/contracts';
import type { CallContext, Clock, Outcome } from '@ecommercestack/kit';
import { isAdmin, notFound, refusal } from '../../access.ts';
import { viewOf } from '../../domain/view.ts';
import type { SubmitOrder } from '../../ports.ts';

export interface RefundOrderPorts {
  readonly submit: SubmitOrder;
  readonly clock: Clock;
}

export function refundOrder({ submit, clock }: RefundOrderPorts) {
  return async ({ orderId }: { orderId: string }, { actor }: CallContext): Promise<Outcome<Order>> => {
    if (!isAdmin(actor)) return refusal('forbidden', 'Only administrators refund orders.');
    const command = { kind: 'refund', orderId, at: clock.now() } as const;
    const handled = await submit({ command, actor: actor.id });
    if (handled.kind === 'duplicate') throw new Error('a refund carries no message id');
    const { result } = handled;
    if (result.kind === 'refused' && result.code !== 'not-found') {
      return refusal('order-not-refundable', 'Only a confirmed order can be refunded.');
    }
    if (result.kind === 'refused' || result.order.status === 'NONE') return notFound(orderId);
    return { ok: true, value: viewOf(result.order) };
  };
}
