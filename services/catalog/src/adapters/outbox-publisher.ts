/** Hands outbox rows to the bus of the runtime. */
import type { OutboxRecord } from '@ecommercestack/event-store';
import type { Message, Publisher } from '@ecommercestack/kit';

export function publishWith(publisher: Publisher, source: string) {
  return async (records: readonly OutboxRecord[]): Promise<readonly ('published' | Error)[]> => {
    const outcomes = await publisher.publish(records.map((record) => messageOf(record, source)));
    return outcomes.map((outcome) => (outcome.ok ? 'published' : outcome.error));
  };
}

function messageOf({ payload, createdAt, traceparent, ...record }: OutboxRecord, source: string): Message {
  const { id, topic, key, type } = record;
  const trace = traceparent === undefined ? {} : { traceparent };
  return { id, topic, key, type, time: createdAt.toISOString(), source, ...trace, data: payload };
}
