import { z } from 'zod';
import { paymentHealth, paymentMethods } from '../methods/payment.ts';
import { orderId } from '../values.ts';
import { listText } from './query.ts';
import type { Route } from './route.ts';

const payments = { description: 'Those the caller may see', schema: paymentMethods['get-payments'].output };

export const paymentRoutes: readonly Route[] = [
  {
    id: 'getPayment',
    method: 'get',
    path: '/api/payments',
    tag: 'Payments',
    summary: 'The payment of an order',
    access: 'customer',
    query: z.strictObject({ orderId }),
    service: 'payment',
    call: 'get-payments',
    toInput: ({ query }) => ({ orderIds: [query['orderId']] }),
    success: 200,
    response: payments,
    problems: ['invalid-request'],
  },
  {
    id: 'getPaymentsByOrder',
    method: 'get',
    path: '/api/payments?orderIds',
    tag: 'Payments',
    summary: 'The payments of up to 100 orders',
    access: 'customer',
    query: z.strictObject({ orderIds: listText(orderId) }),
    service: 'payment',
    call: 'get-payments',
    toInput: ({ query }) => query,
    success: 200,
    response: payments,
    problems: ['invalid-request'],
  },
  {
    id: 'getPaymentHealth',
    method: 'get',
    path: '/api/payments/health',
    tag: 'Payments',
    summary: 'The circuit breaker towards the payment provider, and what waits for it',
    access: 'staff',
    service: 'payment',
    call: 'get-payment-health',
    toInput: () => ({}),
    success: 200,
    response: { description: 'State and settings in force', schema: paymentHealth },
    problems: [],
  },
  {
    id: 'receivePaymentWebhook',
    method: 'post',
    path: '/api/payments/webhook',
    tag: 'Payments',
    summary: 'Called by the payment provider, signed',
    access: 'public',
    headers: z.strictObject({ 'stripe-signature': z.string().min(1).max(1_000) }),
    rawBody: true,
    service: 'payment',
    call: 'receive-webhook',
    toInput: ({ headers, body }) => ({ body, signature: headers['stripe-signature'] }),
    success: 200,
    response: { description: 'Received', schema: paymentMethods['receive-webhook'].output },
    problems: ['invalid-request', 'invalid-signature'],
  },
];
