import { z } from 'zod';
import { defineMethod, defineStream } from '../define.ts';
import { cancellationReason, rejectionReason } from '../messages/order.ts';
import { paymentToken } from '../messages/payment.ts';
import { cartMethods } from './cart.ts';
import {
  asOf,
  auditEvent,
  currency,
  cursor,
  customerId,
  money,
  orderId,
  quantity,
  sku,
  text,
  timestamp,
  version,
} from '../values.ts';

export const orderStatus = z
  .enum([
    'PENDING',
    'RESERVED',
    'AUTHORISED',
    'CAPTURING',
    'COMPENSATING',
    'CONFIRMED',
    'REJECTED',
    'CANCELLED',
  ])
  .meta({ id: 'OrderStatus' });
export type OrderStatus = z.infer<typeof orderStatus>;

export const terminalStatuses: readonly OrderStatus[] = ['CONFIRMED', 'REJECTED', 'CANCELLED'];

export const shippingAddress = z
  .strictObject({
    name: text(1, 100),
    line1: text(1, 200),
    line2: text(1, 200).optional(),
    postalCode: text(1, 20),
    city: text(1, 100),
    country: z.string().regex(/^[A-Z]{2}$/, 'an ISO 3166-1 alpha-2 code in capitals'),
  })
  .meta({ id: 'ShippingAddress' });
export type ShippingAddress = z.infer<typeof shippingAddress>;

export const orderRequest = z
  .strictObject({
    items: z.array(z.strictObject({ sku, quantity })).min(1).max(50),
    payment: z.strictObject({ token: paymentToken }),
    shippingAddress,
    currency: currency
      .optional()
      .meta({ description: 'Refuses the order when the products are sold in another one' }),
  })
  .meta({ id: 'OrderRequest' });
export type OrderRequest = z.infer<typeof orderRequest>;

export const orderLine = z
  .strictObject({ sku, name: z.string(), quantity: z.int().min(1), unitPrice: money, lineTotal: money })
  .meta({ id: 'OrderLine' });
export type OrderLine = z.infer<typeof orderLine>;

export const order = z
  .strictObject({
    orderId,
    customerId,
    status: orderStatus,
    reason: z.union([rejectionReason, cancellationReason]).optional(),
    lines: z.array(orderLine),
    total: money,
    cancellable: z.boolean(),
    version,
    createdAt: timestamp,
    updatedAt: timestamp,
  })
  .meta({ id: 'Order' });
export type Order = z.infer<typeof order>;

export const orderSummary = order.omit({ lines: true, cancellable: true }).meta({ id: 'OrderSummary' });
export type OrderSummary = z.infer<typeof orderSummary>;

export const idempotencyKey = z
  .string()
  .regex(/^[\x21-\x7e]{1,255}$/, 'printable ASCII, at most 255 characters')
  .meta({ description: 'Repeats with the same key and body have one effect and the same answer; kept 24 h' });

export const orderMethods = {
  /** Answers at once, or, with `waitMs`, as soon as the order is terminal or the time is over. */
  'place-order': defineMethod(
    z.strictObject({
      request: orderRequest,
      idempotencyKey: idempotencyKey.optional(),
      waitMs: z.int().min(0).max(30_000).default(0),
    }),
    z.strictObject({ order, replayed: z.boolean() }),
  ),
  'get-order': defineMethod(
    z.strictObject({ orderId, asOf: asOf.optional() }),
    order.extend({ shippingAddress: shippingAddress.optional() }).meta({ id: 'OrderDetail' }),
  ),
  'get-orders': defineMethod(
    z.strictObject({ orderIds: z.array(orderId).min(1).max(100) }),
    z.strictObject({ items: z.array(order) }),
  ),
  /** Newest first. Customers see their own; staff see all, or those of `customerId`. */
  'list-orders': defineMethod(
    z.strictObject({
      status: orderStatus.optional(),
      customerId: customerId.optional(),
      cursor: cursor.optional(),
      limit: z.int().min(1).max(100).default(20),
    }),
    z.strictObject({ items: z.array(orderSummary), nextCursor: cursor.optional() }),
  ),
  'get-order-events': defineMethod(
    z.strictObject({ orderId }),
    z.strictObject({ items: z.array(auditEvent) }),
  ),
  'cancel-order': defineMethod(z.strictObject({ orderId }), order),
  /** Staff take back a confirmed order: refund and release, then CANCELLED with reason `refunded`. */
  'refund-order': defineMethod(z.strictObject({ orderId }), order),
  /** The order now, then after every change, until it is terminal. */
  'watch-order': defineStream(z.strictObject({ orderId, afterVersion: z.int().min(0).default(0) }), order),
  ...cartMethods,
} as const;
