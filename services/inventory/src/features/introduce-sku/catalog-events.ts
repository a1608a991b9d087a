/** A product that the catalog announces gets a stock of zero, so that its level is known from the start. */
import { catalogEvents } from '@ecommercestack/contracts';
import type { Subscription } from '@ecommercestack/kit';
import type { SubmitCommand } from '../../ports.ts';

export function catalogEventsSubscription(submit: SubmitCommand): Subscription {
  const { topic, type, schema } = catalogEvents.productCreated;
  return {
    topic,
    consumer: 'inventory',
    async handle(message) {
      if (message.type !== type) return { kind: 'ack' };
      const parsed = schema.safeParse(message.data);
      if (!parsed.success) return { kind: 'drop', reason: `a malformed ${type}` };
      const { id: messageId, traceparent } = message;
      const command = { kind: 'introduce', sku: parsed.data.product.sku } as const;
      const handled = await submit({ messageId, command, ...(traceparent !== undefined && { traceparent }) });
      return handled.kind === 'duplicate' ? { kind: 'ack', as: 'duplicate' } : { kind: 'ack' };
    },
  };
}
