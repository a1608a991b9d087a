/** Order events that customers are told about. Redelivery and replay find what they have registered before. */
import { orderEvents } from '@ecommercestack/contracts';
import type { Message, Subscription } from '@ecommercestack/kit';
import type { Occasion } from '../../notification.ts';
import type { RegisterNotifications } from '../../ports.ts';

const { orderPlaced, orderConfirmed, orderRejected, orderCancelled, orderRefunded } = orderEvents;

export function orderEventsSubscription(register: RegisterNotifications): Subscription {
  return {
    topic: orderPlaced.topic,
    consumer: 'notification',
    async handle(message) {
      const occasion = toOccasion(message);
      if (occasion === 'untold') return { kind: 'ack' };
      if (occasion === 'malformed') return { kind: 'drop', reason: `a malformed ${message.type}` };
      const { id: messageId, traceparent } = message;
      const handled = await register({
        messageId,
        occasion,
        ...(traceparent !== undefined && { traceparent }),
      });
      const isNew = handled.kind === 'handled' && handled.result.length > 0;
      return isNew ? { kind: 'ack' } : { kind: 'ack', as: 'duplicate' };
    },
  };
}

function toOccasion({ type, data }: Message): Occasion | 'untold' | 'malformed' {
  const contracts = [orderConfirmed, orderRejected, orderCancelled, orderRefunded];
  const contract = contracts.find((known) => known.type === type);
  if (contract === undefined) return 'untold';
  const parsed = contract.schema.safeParse(data);
  if (!parsed.success) return 'malformed';
  const { orderId, customerId, total } = parsed.data;
  const occasion = { orderId, customerId, total, event: contract.type };
  const rejected = orderRejected.schema.safeParse(data);
  return rejected.success ? { ...occasion, reason: rejected.data.reason } : occasion;
}
