/** The payment provider over its Stripe-shaped HTTP API. */
import type { Operation } from '../domain/payment.ts';
import type { CallOutcome, FindOutcome, PaymentProvider } from '../domain/provider.ts';
import { createProviderHttp } from './http-client.ts';
import type { HttpOptions } from './http-client.ts';
import { createReplyReader } from './read-reply.ts';
import { intent, intentList, isSameAmount, parseBody, paymentOf, refund } from './stripe-shapes.ts';

export interface HttpProvider extends PaymentProvider {
  close(): Promise<void>;
}

export interface HttpProviderOptions extends HttpOptions {
  /** The provider said something that cannot be: another amount, an unknown status, no JSON. */
  readonly onContradiction: (operation: Operation | 'find') => void;
}

export function createHttpProvider(options: HttpProviderOptions): HttpProvider {
  const http = createProviderHttp(options);

  const { approval, failure, contradiction } = createReplyReader(options.onContradiction);

  return {
    async authorise({ orderId, amount, token, key }) {
      const fields = {
        amount: String(amount.amount),
        currency: amount.currency.toLowerCase(),
        payment_method: token,
        capture_method: 'manual',
        confirm: 'true',
        'metadata[order_id]': orderId,
      };
      const reply = await http.post('/v1/payment_intents', fields, key);
      return approval('authorise', reply, 'requires_capture', amount);
    },
    async capture({ providerId, amount, key }) {
      const fields = { amount_to_capture: String(amount.amount) };
      const reply = await http.post(`/v1/payment_intents/${providerId}/capture`, fields, key);
      return approval('capture', reply, 'succeeded', amount);
    },
    async void({ providerId, amount, key }) {
      const reply = await http.post(`/v1/payment_intents/${providerId}/cancel`, {}, key);
      return approval('void', reply, 'canceled', amount);
    },
    async refund({ providerId, amount, key }) {
      const fields = { payment_intent: providerId, amount: String(amount.amount) };
      const reply = await http.post('/v1/refunds', fields, key);
      if (reply.kind !== 'answer' || reply.status !== 200) return failure('refund', reply);
      const seen = parseBody(refund, reply.body);
      if (seen === undefined) return contradiction('refund', 'unreadable-answer');
      if (seen.payment_intent !== providerId || !isSameAmount(seen, amount)) {
        return contradiction('refund', 'wrong-refund');
      }
      return { kind: 'approved', providerId };
    },
    async find({ authorisationKey, providerId, amount }) {
      const reply = await (providerId === undefined
        ? http.get('/v1/payment_intents', { idempotency_key: authorisationKey })
        : http.get(`/v1/payment_intents/${providerId}`, {}));
      if (reply.kind !== 'answer' || reply.status !== 200) return notFoundOut(failure('find', reply));
      const list =
        providerId === undefined
          ? parseBody(intentList, reply.body)?.data
          : parseBody(
              intent.transform((one) => [one]),
              reply.body,
            );
      if (list === undefined || list.length > 1) return contradiction('find', 'unreadable-answer');
      const [seen] = list;
      if (seen === undefined) return { kind: 'not-found' };
      if (!isSameAmount(seen, amount)) return contradiction('find', 'wrong-amount');
      const payment = paymentOf(seen);
      return payment === undefined
        ? { kind: 'unknown', cause: 'not-finished', answered: true }
        : { kind: 'found', payment };
    },
    close: () => http.close(),
  };
}

/** A query cannot be declined; whatever the provider meant, nothing was found out. */
function notFoundOut(outcome: Exclude<CallOutcome, { kind: 'approved' }>): FindOutcome {
  return outcome.kind === 'declined' ? { kind: 'unknown', cause: outcome.reason } : outcome;
}
