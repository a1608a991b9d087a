/** Hands outbox rows to the runtime's bus. */
import type { OutboxRecord } from '@ecommercestack/event-store';
import type { Message, Publisher } from '@ecommercestack/kit';

export function publishTo(publisher: Publisher, source: string) {
  return async (records: readonly OutboxRecord[]): Promise<readonly ('published' | Error)[]> => {
    const outcomes = await publisher.publish(records.map((record) => messageOf(record, source)));
    return outcomes.map((outcome) => (outcome.ok ? 'published' : outcome.error));
  };
}

function messageOf({ payload, createdAt, traceparent, ...record }: OutboxRecord, source: string): Message {
  const trace = traceparent === undefined ? {} : { traceparent };
  return { ...record, ...trace, time: createdAt.toISOString(), source, data: payload };
}
