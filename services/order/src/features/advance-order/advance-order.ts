/** Replies of the other services, and the timer of the order, move its saga on. */
import { inventoryEvents, paymentEvents, type MessageContract } from '@ecommercestack/contracts';
import {
  inputProblems,
  type Clock,
  type Delivery,
  type Message,
  type Subscription,
} from '@ecommercestack/kit';
import type { Reply } from '../../domain/transitions.ts';
import type { SubmitOrder } from '../../ports.ts';

export interface AdvanceOrderPorts {
  readonly submit: SubmitOrder;
  readonly clock: Clock;
}

const contracts: readonly MessageContract[] = [
  ...Object.values(inventoryEvents),
  ...Object.values(paymentEvents),
];
const contractOf: ReadonlyMap<string, MessageContract> = new Map(
  contracts.map((contract) => [contract.type, contract]),
);

export function subscribeToReplies(ports: AdvanceOrderPorts): readonly Subscription[] {
  const handle = handleReply(ports);
  const topics = new Set(contracts.map(({ topic }) => topic));
  return [...topics].map((topic) => ({ topic, consumer: 'order', handle }));
}

/** A message that breaks its contract can never be handled. One that changes nothing is acknowledged. */
function handleReply({ submit, clock }: AdvanceOrderPorts) {
  return async (message: Message): Promise<Delivery> => {
    const parsed = parseReply(message);
    if ('invalid' in parsed) return { kind: 'drop', reason: parsed.invalid };
    const handled = await submit({
      messageId: message.id,
      ...(message.traceparent !== undefined && { traceparent: message.traceparent }),
      actor: message.source,
      command: { kind: 'reply', orderId: parsed.reply.data.orderId, reply: parsed.reply, at: clock.now() },
    });
    if (handled.kind === 'duplicate') return { kind: 'ack', as: 'duplicate' };
    const { result } = handled;
    const changed = result.kind === 'done' && result.changed;
    return changed ? { kind: 'ack' } : { kind: 'ack', as: 'refused' };
  };
}

function parseReply({ topic, type, data }: Message): { reply: Reply } | { invalid: string } {
  const contract = contractOf.get(type);
  if (contract === undefined || contract.topic !== topic)
    return { invalid: `no ${type} belongs on ${topic}` };
  const parsed = contract.schema.safeParse(data);
  if (parsed.success) return { reply: { type, data: parsed.data } as Reply };
  const problems = inputProblems(parsed.error).map(({ path, message }) => `${path}: ${message}`);
  return { invalid: `${type}: ${problems.join('; ')}` };
}

/** Fired at least once. The transaction that handles it sets the timer again, or cancels it for good. */
export function handleTimer({ submit, clock }: AdvanceOrderPorts) {
  return async (orderId: string, attempt: number): Promise<void> => {
    await submit({ actor: 'timer', command: { kind: 'tick', orderId, attempt, at: clock.now() } });
  };
}
