/** Commits decisions about payments: events, reply, timer and token in one transaction. */
import { createProcessor } from '@ecommercestack/event-store';
import type { EventStore, Processor, ProcessorHooks, Transaction } from '@ecommercestack/event-store';
import { paymentEvents } from '@ecommercestack/contracts';
import type { PaymentCommand, RetryPolicy } from '../domain/commands.ts';
import { decide } from '../domain/decide.ts';
import type { PaymentDecision } from '../domain/decide.ts';
import { isPending } from '../domain/payment.ts';
import { needsToken } from '../domain/summary.ts';
import { foldHistory, streamOf } from './history.ts';
import type { History } from './history.ts';
import { writeTokens } from './tokens-table.ts';
import { settleTimer, settleTimerOf } from './waiting-payments.ts';

export interface PaymentMessage {
  readonly messageId?: string;
  readonly traceparent?: string;
  readonly command: PaymentCommand;
  /** Stored beside the events, never in them. Given with `authorise-payment`. */
  readonly token?: string;
}

export type PaymentProcessor = Processor<PaymentMessage, PaymentDecision>;

export function createPaymentProcessor(options: {
  readonly store: EventStore;
  readonly consumer: string;
  readonly policy: RetryPolicy;
  readonly hooks?: ProcessorHooks;
}): PaymentProcessor {
  const { store, consumer, policy, hooks } = options;

  async function handle(tx: Transaction, messages: readonly PaymentMessage[]): Promise<PaymentDecision[]> {
    const streams = await tx.load([...new Set(messages.map(({ command }) => streamOf(command.orderId)))]);
    const histories = new Map([...streams].map(([id, events]) => [id, foldHistory(events)]));
    const tokens = new Map<string, string>();
    const dropped = new Set<string>();

    const decisions = messages.map((message) => {
      const { orderId } = message.command;
      const before = histories.get(streamOf(orderId)) ?? foldHistory([]);
      const decision = decide(message.command, before.payment, policy);
      const after = tx.within(message, () => write(tx, message, before, decision));
      histories.set(streamOf(orderId), after);
      if (needsToken(after.payment)) {
        if (message.token !== undefined && before.version === 0) tokens.set(orderId, message.token);
      } else if (needsToken(before.payment) && !tokens.delete(orderId)) dropped.add(orderId);
      return decision;
    });
    const kept = [...tokens].map(([orderId, token]) => ({ orderId, token }));
    tx.defer((client) => writeTokens(client, { kept, dropped: [...dropped] }));
    return decisions;
  }

  return createProcessor({
    store,
    consumer,
    streams: ({ command }) => [streamOf(command.orderId)],
    preload: ({ command }) => [streamOf(command.orderId)],
    // Nothing is read but the stream.
    memory: {
      recall: () => ({ fetched: undefined }),
      begins: ({ command }) => command.kind === 'authorise-payment',
    },
    handle,
    ...(hooks === undefined ? {} : { hooks }),
  });
}

function write(
  tx: Transaction,
  { messageId, command }: PaymentMessage,
  before: History,
  { events, reply, timer }: PaymentDecision,
): History {
  const { orderId } = command;
  const streamId = streamOf(orderId);
  const metadata = messageId === undefined ? {} : { causationId: messageId };
  const recorded =
    before.version === 0
      ? tx.create(streamId, events, metadata)
      : tx.append(streamId, before.version, events, metadata);
  const after = foldHistory(recorded, before);
  if (reply !== undefined) {
    const topic = paymentEvents.paymentAuthorised.topic;
    tx.publish([{ topic, key: orderId, type: reply.type, payload: reply.data }]);
  }
  if (timer !== undefined) tx.setTimer(settleTimer(orderId, after, timer));
  else if (isPending(before.payment) || command.kind === 'record-finding')
    tx.cancelTimer(settleTimerOf(orderId));
  return after;
}
