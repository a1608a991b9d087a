import type { RelayOptions } from '@ecommercestack/event-store';
import type { Message, Publisher } from '@ecommercestack/kit';

/** The relay's way to the bus. */
export function publishWith(publisher: Publisher, source: string): RelayOptions['publish'] {
  return async (records) => {
    const messages = records.map(({ payload, createdAt, traceparent, ...record }): Message => ({
      ...record,
      source,
      time: createdAt.toISOString(),
      data: payload,
      ...(traceparent !== undefined && { traceparent }),
    }));
    const outcomes = await publisher.publish(messages);
    return outcomes.map((outcome) => (outcome.ok ? 'published' : outcome.error));
  };
}
