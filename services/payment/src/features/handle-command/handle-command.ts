/** Takes commands of the order saga. The reply leaves through the outbox; the call to the provider follows the commit. */
import { paymentCommands } from '@ecommercestack/contracts';
import type { PaymentCommand as Incoming } from '@ecommercestack/contracts';
import type { Delivery, Message } from '@ecommercestack/kit';
import type { PaymentCommand } from '../../domain/commands.ts';
import type { PaymentDecision } from '../../domain/decide.ts';

export interface HandleCommandOptions {
  /** Undefined: the message was handled before. */
  readonly submit: (request: {
    readonly messageId: string;
    readonly traceparent?: string;
    readonly command: PaymentCommand;
    readonly token?: string;
  }) => Promise<PaymentDecision | undefined>;
  readonly start: (orderId: string, decision: PaymentDecision, token?: string) => void;
  readonly now: () => Date;
}

export function createHandleCommand({ submit, start, now }: HandleCommandOptions) {
  return async (message: Message): Promise<Delivery> => {
    const incoming = parse(message);
    if (incoming === undefined) return { kind: 'drop', reason: `not a payment command: ${message.type}` };
    const token = incoming.type === 'authorise-payment' ? incoming.data.token : undefined;
    const decision = await submit({
      messageId: message.id,
      ...(message.traceparent === undefined ? {} : { traceparent: message.traceparent }),
      command: toCommand(incoming, now()),
      ...(token === undefined ? {} : { token }),
    });
    if (decision === undefined) return { kind: 'ack', as: 'duplicate' };
    start(incoming.data.orderId, decision, token);
    return decision.events.length > 0 ? { kind: 'ack' } : { kind: 'ack', as: 'refused' };
  };
}

function parse(message: Message): Incoming | undefined {
  for (const { type, schema } of Object.values(paymentCommands)) {
    if (type !== message.type) continue;
    const parsed = schema.safeParse(message.data);
    return parsed.success ? ({ type, data: parsed.data } as Incoming) : undefined;
  }
  return undefined;
}

function toCommand(incoming: Incoming, now: Date): PaymentCommand {
  const { orderId } = incoming.data;
  if (incoming.type !== 'authorise-payment') return { kind: incoming.type, orderId, now };
  const { customerId, amount } = incoming.data;
  return { kind: incoming.type, orderId, now, customerId, amount };
}
