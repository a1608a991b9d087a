/** Commands to the payment service and its replies to the order saga. */
import { z } from 'zod';
import { defineMessage, type MessageOf } from '../define.ts';
import { customerId, money, orderId } from '../values.ts';

const COMMANDS = 'payment.commands';
const EVENTS = 'payment.events';

export const paymentToken = z
  .string()
  .regex(/^tok_[a-z0-9_]{2,60}$/, 'a token of the payment provider, tok_…')
  .meta({ description: 'A token of the payment provider; never card data', example: 'tok_ok' });

export const paymentCommands = {
  authorisePayment: defineMessage(
    COMMANDS,
    'authorise-payment',
    z.strictObject({ orderId, customerId, amount: money, token: paymentToken }),
  ),
  capturePayment: defineMessage(COMMANDS, 'capture-payment', z.strictObject({ orderId })),
  /** Voids what was authorised and refunds what was captured; answered only once the outcome is known. */
  undoPayment: defineMessage(COMMANDS, 'undo-payment', z.strictObject({ orderId })),
} as const;
export type PaymentCommand = MessageOf<(typeof paymentCommands)[keyof typeof paymentCommands]>;

export const paymentEvents = {
  paymentAuthorised: defineMessage(EVENTS, 'payment-authorised', z.strictObject({ orderId })),
  paymentDeclined: defineMessage(EVENTS, 'payment-declined', z.strictObject({ orderId, reason: z.string() })),
  paymentCaptured: defineMessage(EVENTS, 'payment-captured', z.strictObject({ orderId })),
  paymentCaptureFailed: defineMessage(
    EVENTS,
    'payment-capture-failed',
    z.strictObject({ orderId, reason: z.string() }),
  ),
  /** Nothing is charged: the authorisation was voided, declined, or never made. */
  paymentVoided: defineMessage(EVENTS, 'payment-voided', z.strictObject({ orderId })),
  paymentRefunded: defineMessage(EVENTS, 'payment-refunded', z.strictObject({ orderId, amount: money })),
} as const;
export type PaymentEvent = MessageOf<(typeof paymentEvents)[keyof typeof paymentEvents]>;
