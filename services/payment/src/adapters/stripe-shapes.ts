/** The provider's JSON as far as it is read. It is untrusted: what does not fit is no answer. */
import type { Money } from '@ecommercestack/contracts';
import { z } from 'zod';
import type { ReadEvent } from '../features/receive-webhook/receive-webhook.ts';
import type { ProviderPayment } from '../domain/provider.ts';

/** Codes of the provider reach customers and logs: nothing else gets through. */
const code = z.string().regex(/^[a-z][a-z0-9_]{0,60}$/);

export const intent = z.object({
  object: z.literal('payment_intent'),
  id: z.string().regex(/^pi_\w{1,100}$/),
  amount: z.int().min(0),
  amount_received: z.int().min(0),
  currency: z.string().regex(/^[a-z]{3}$/),
  status: z.enum(['requires_payment_method', 'requires_capture', 'succeeded', 'canceled']),
  metadata: z.record(z.string(), z.string()),
  last_payment_error: z.object({ decline_code: code }).nullable(),
  latest_charge: z.object({ refunded: z.boolean() }),
});
export type Intent = z.infer<typeof intent>;

export const intentList = z.object({ object: z.literal('list'), data: z.array(intent).max(100) });

export const refund = z.object({
  object: z.literal('refund'),
  amount: z.int().min(0),
  currency: z.string().regex(/^[a-z]{3}$/),
  payment_intent: z.string(),
  status: z.literal('succeeded'),
});

export const errorBody = z.object({
  error: z.object({
    type: z.string(),
    code: code,
    decline_code: code.optional(),
    param: z.string().optional(),
  }),
});

const event = z.object({
  object: z.literal('event'),
  id: z.string().regex(/^evt_\w{1,100}$/),
  type: z.string(),
  data: z.object({ object: z.unknown() }),
});

function amountOf({ amount, currency }: { readonly amount: number; readonly currency: string }): Money {
  return { amount, currency: currency.toUpperCase() };
}

export function isSameAmount(
  seen: { readonly amount: number; readonly currency: string },
  expected: Money,
): boolean {
  const { amount, currency } = amountOf(seen);
  return amount === expected.amount && currency === expected.currency;
}

/** Undefined while the provider has not finished with it. */
export function paymentOf({
  id,
  status,
  last_payment_error: refused,
  latest_charge,
}: Intent): ProviderPayment | undefined {
  switch (status) {
    case 'requires_capture':
      return { providerId: id, status: 'authorised' };
    case 'succeeded':
      return { providerId: id, status: latest_charge.refunded ? 'refunded' : 'captured' };
    case 'canceled':
      return { providerId: id, status: 'voided' };
    case 'requires_payment_method':
      // Also what a payment is before it is confirmed: only a refusal is one.
      return refused === null
        ? undefined
        : { providerId: id, status: 'declined', reason: refused.decline_code };
  }
}

const orderId = z.uuid();

/** Events about other objects, and payments that no order of ours began, tell nothing. */
export const readEvent: ReadEvent = (body) => {
  const parsed = event.safeParse(parseJson(body));
  if (!parsed.success) return undefined;
  const seen = intent.safeParse(parsed.data.data.object);
  const order = orderId.safeParse(seen.data?.metadata['order_id']);
  const payment = seen.success ? paymentOf(seen.data) : undefined;
  if (!seen.success || !order.success || payment === undefined)
    return { id: parsed.data.id, seen: undefined };
  return {
    id: parsed.data.id,
    seen: { orderId: order.data, amount: amountOf(seen.data), payment },
  };
};

/** Undefined where the text is not JSON. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** Undefined where the text does not fit. */
export function parseBody<S extends z.ZodType>(schema: S, body: string): z.output<S> | undefined {
  return schema.safeParse(parseJson(body)).data;
}
