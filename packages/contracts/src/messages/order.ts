/** What the order service tells the world. */
import { z } from 'zod';
import { defineMessage, type MessageOf } from '../define.ts';
import { customerId, money, orderId, version } from '../values.ts';

const EVENTS = 'order.events';

export const rejectionReason = z.enum([
  'out-of-stock',
  'payment-declined',
  'payment-unavailable',
  'expired',
  'unknown-product',
]);
export type RejectionReason = z.infer<typeof rejectionReason>;

export const cancellationReason = z.enum(['customer-request', 'refunded']);
export type CancellationReason = z.infer<typeof cancellationReason>;

const orderFact = z.strictObject({ orderId, customerId, total: money, version });

export const orderEvents = {
  orderPlaced: defineMessage(EVENTS, 'order-placed', orderFact),
  orderConfirmed: defineMessage(EVENTS, 'order-confirmed', orderFact),
  orderRejected: defineMessage(EVENTS, 'order-rejected', orderFact.extend({ reason: rejectionReason })),
  orderCancelled: defineMessage(EVENTS, 'order-cancelled', orderFact),
  /** A confirmed order that staff took back: the money was returned and the stock released. */
  orderRefunded: defineMessage(EVENTS, 'order-refunded', orderFact),
} as const;
export type OrderEvent = MessageOf<(typeof orderEvents)[keyof typeof orderEvents]>;
