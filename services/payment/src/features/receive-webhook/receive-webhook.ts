/** A webhook is one more way to learn an outcome: verified, then the same conditional transition as a query's finding. */
import type { paymentMethods } from '@ecommercestack/contracts';
import type { Handlers } from '@ecommercestack/kit';
import type { Payment } from '../../domain/payment.ts';
import type { PaymentDecision } from '../../domain/decide.ts';
import type { PaymentCommand } from '../../domain/commands.ts';
import type { ProviderPayment } from '../../domain/provider.ts';
import { detailsOf } from '../../domain/evolve.ts';
import type { Money } from '@ecommercestack/contracts';
import { isSigned } from './signature.ts';

/** An event of the provider; undefined where it tells nothing about a payment of ours. */
export type ReadEvent = (
  body: string,
) => { readonly id: string; readonly seen: SeenPayment | undefined } | undefined;

export interface SeenPayment {
  readonly orderId: string;
  readonly amount: Money;
  readonly payment: ProviderPayment;
}

export interface ReceiveWebhookOptions {
  readonly secret: () => string;
  readonly readEvent: ReadEvent;
  readonly load: (orderId: string) => Promise<Payment>;
  /** Undefined: the event was handled before. */
  readonly submit: (request: {
    readonly messageId: string;
    readonly command: PaymentCommand;
  }) => Promise<PaymentDecision | undefined>;
  readonly start: (orderId: string, decision: PaymentDecision) => void;
  readonly onContradiction: () => void;
  readonly now: () => Date;
  readonly random: () => number;
}

type ReceiveWebhook = Handlers<typeof paymentMethods>['receive-webhook'];

const received = { ok: true, value: { received: true } } as const;

export function createReceiveWebhook(options: ReceiveWebhookOptions): ReceiveWebhook {
  return async ({ body, signature }) => {
    const now = options.now();
    if (!isSigned(body, signature, options.secret(), now)) {
      return {
        ok: false,
        problem: { code: 'invalid-signature', detail: 'The signature does not match the body.' },
      };
    }
    const event = options.readEvent(body);
    if (event === undefined) {
      return { ok: false, problem: { code: 'invalid-request', detail: 'The body is not an event.' } };
    }
    if (event.seen === undefined) return received;
    const { orderId, amount, payment } = event.seen;
    const details = detailsOf(await options.load(orderId));
    // An order without a payment here belongs to somebody else who uses the same provider account.
    if (details === undefined) return received;
    if (details.amount.amount !== amount.amount || details.amount.currency !== amount.currency) {
      options.onContradiction();
      return received;
    }
    const decision = await options.submit({
      messageId: `webhook:${event.id}`,
      command: {
        kind: 'record-finding',
        orderId,
        finding: { kind: 'found', payment },
        now,
        attempt: 0,
        random: options.random(),
      },
    });
    if (decision !== undefined) options.start(orderId, decision);
    return received;
  };
}
