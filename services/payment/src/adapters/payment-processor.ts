/** Commits decisions about payments: events, reply, timer, row and token in one transaction. */
import { createProcessor } from '@ecommercestack/event-store';
import type {
  EventStore,
  Processor,
  ProcessorHooks,
  Recorded,
  Transaction,
} from '@ecommercestack/event-store';
import { paymentEvents } from '@ecommercestack/contracts';
import type { PaymentCommand, RetryPolicy } from '../domain/commands.ts';
import { decide } from '../domain/decide.ts';
import type { PaymentDecision } from '../domain/decide.ts';
import { evolve } from '../domain/evolve.ts';
import { isPending, noPayment } from '../domain/payment.ts';
import type { Payment, PaymentEvent } from '../domain/payment.ts';
import { savePayments } from './payments-table.ts';
import type { Changed } from './payments-table.ts';

export interface PaymentMessage {
  readonly messageId?: string;
  readonly traceparent?: string;
  readonly command: PaymentCommand;
  /** Stored beside the events, never in them. Given with `authorise-payment`. */
  readonly token?: string;
}

export type PaymentProcessor = Processor<PaymentMessage, PaymentDecision>;

/** The one timer of a payment: covers a call whose outcome is not recorded, and spaces retries. */
const timerName = 'settle';

const prefix = 'payment-';
export const streamOf = (orderId: string): string => prefix + orderId;
export const orderOf = (streamId: string): string => streamId.slice(prefix.length);

export function fold(events: readonly Recorded[]): Payment {
  // Only this service writes these streams, so that what is loaded is of its event type.
  return (events as readonly Recorded<PaymentEvent>[]).reduce<Payment>(
    (payment, event) => evolve(payment, event, event.occurredAt),
    noPayment,
  );
}

export function createPaymentProcessor(options: {
  readonly store: EventStore;
  readonly consumer: string;
  readonly policy: RetryPolicy;
  readonly hooks?: ProcessorHooks;
}): PaymentProcessor {
  const { store, consumer, policy, hooks } = options;

  async function handle(tx: Transaction, messages: readonly PaymentMessage[]): Promise<PaymentDecision[]> {
    const streams = await tx.load([...new Set(messages.map(({ command }) => streamOf(command.orderId)))]);
    const versions = new Map([...streams].map(([id, events]) => [id, events.length]));
    const payments = new Map([...streams].map(([id, events]) => [id, fold(events)]));
    const changed = new Map<string, Changed>();

    const decisions = messages.map((message) => {
      const { orderId } = message.command;
      const streamId = streamOf(orderId);
      const before = payments.get(streamId) ?? noPayment;
      const version = versions.get(streamId) ?? 0;
      const decision = decide(message.command, before, policy);
      tx.within(message, () => write(tx, message, streamId, version, before, decision));
      payments.set(streamId, decision.payment);
      versions.set(streamId, version + decision.events.length);
      if (decision.events.length > 0) {
        const token = message.token ?? changed.get(orderId)?.token;
        changed.set(orderId, { orderId, payment: decision.payment, token });
      }
      return decision;
    });
    if (changed.size > 0) await savePayments(tx.client, [...changed.values()], store.now());
    return decisions;
  }

  return createProcessor({
    store,
    consumer,
    streams: ({ command }) => [streamOf(command.orderId)],
    preload: ({ command }) => [streamOf(command.orderId)],
    handle,
    ...(hooks === undefined ? {} : { hooks }),
  });
}

function write(
  tx: Transaction,
  { messageId, command }: PaymentMessage,
  streamId: string,
  version: number,
  before: Payment,
  { events, reply, timer }: PaymentDecision,
): void {
  const metadata = messageId === undefined ? {} : { causationId: messageId };
  if (events.length > 0) {
    if (version === 0) tx.create(streamId, events, metadata);
    else tx.append(streamId, version, events, metadata);
  }
  if (reply !== undefined) {
    const topic = paymentEvents.paymentAuthorised.topic;
    tx.publish([{ topic, key: command.orderId, type: reply.type, payload: reply.data }]);
  }
  if (timer !== undefined) {
    tx.setTimer({ streamId, name: timerName, dueAt: timer.dueAt, payload: { attempt: timer.attempt } });
  } else if (isPending(before) || command.kind === 'record-finding') {
    tx.cancelTimer({ streamId, name: timerName });
  }
}
