import { z } from 'zod';
import { defineMethod } from '../define.ts';
import { customerId, money, orderId, timestamp } from '../values.ts';

export const paymentStatus = z.enum([
  'requested',
  'deferred',
  'unknown',
  'authorised',
  'declined',
  'capturing',
  'captured',
  'undoing',
  'voided',
  'refunded',
]);
export type PaymentStatus = z.infer<typeof paymentStatus>;

export const payment = z
  .strictObject({
    orderId,
    customerId,
    status: paymentStatus,
    amount: money,
    reason: z.string().optional().meta({ description: 'Why it was declined' }),
    updatedAt: timestamp,
  })
  .meta({ id: 'Payment' });
export type Payment = z.infer<typeof payment>;

export const breakerState = z.enum(['CLOSED', 'OPEN', 'HALF-OPEN']);

export const paymentHealth = z
  .strictObject({
    provider: z.strictObject({
      state: breakerState,
      consecutiveFailures: z.int().min(0),
      openedAt: timestamp.optional(),
      retryAt: timestamp.optional(),
      settings: z.strictObject({
        failureThreshold: z.int(),
        openSeconds: z.number(),
        halfOpenRequests: z.int(),
      }),
    }),
    unknownOutcomes: z.int().min(0),
    deferred: z.int().min(0),
  })
  .meta({ id: 'PaymentHealth' });
export type PaymentHealth = z.infer<typeof paymentHealth>;

export const paymentMethods = {
  'get-payments': defineMethod(
    z.strictObject({ orderIds: z.array(orderId).min(1).max(100) }),
    z.strictObject({ items: z.array(payment) }),
  ),
  'get-payment-health': defineMethod(z.strictObject({}), paymentHealth),
  /** A webhook of the provider; the signature covers the body as it arrived. */
  'receive-webhook': defineMethod(
    z.strictObject({ body: z.string().max(65_536), signature: z.string().max(1_000) }),
    z.strictObject({ received: z.literal(true) }),
  ),
} as const;
