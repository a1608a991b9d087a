import { z } from 'zod';
import { defineMethod } from '../define.ts';
import { cursor, customerId, orderId, text, timestamp } from '../values.ts';

export const channel = z.enum(['email', 'sms', 'push']);
export type Channel = z.infer<typeof channel>;

export const notificationStatus = z.enum(['pending', 'sending', 'sent', 'failed', 'suppressed']);

export const notification = z
  .strictObject({
    notificationId: z.string(),
    orderId,
    customerId,
    event: z.enum(['order-confirmed', 'order-rejected', 'order-cancelled', 'order-refunded']),
    channel,
    status: notificationStatus,
    attempts: z.int().min(0),
    reason: z
      .string()
      .optional()
      .meta({ description: 'Why the last attempt failed, or why it was not sent' }),
    nextAttemptAt: timestamp.optional(),
    createdAt: timestamp,
    sentAt: timestamp.optional(),
  })
  .meta({ id: 'Notification' });
export type Notification = z.infer<typeof notification>;

const channelPreference = z.strictObject({
  enabled: z.boolean(),
  address: text(3, 254).optional(),
});

export const preferences = z
  .strictObject({ email: channelPreference, sms: channelPreference, push: channelPreference })
  .meta({ id: 'NotificationPreferences' });
export type Preferences = z.infer<typeof preferences>;

export const mail = z
  .strictObject({
    messageId: z.string(),
    orderId,
    customerId,
    channel,
    to: z.string(),
    subject: z.string(),
    body: z.string(),
    receivedAt: timestamp,
  })
  .meta({ id: 'MailboxMessage' });
export type MailboxMessage = z.infer<typeof mail>;

const page = { cursor: cursor.optional(), limit: z.int().min(1).max(100).default(20) };

export const notificationMethods = {
  /** Of one order, or of the caller; newest first. */
  'list-notifications': defineMethod(
    z.strictObject({ orderId: orderId.optional(), ...page }),
    z.strictObject({ items: z.array(notification), nextCursor: cursor.optional() }),
  ),
  'get-preferences': defineMethod(z.strictObject({}), preferences),
  'set-preferences': defineMethod(preferences, preferences),
  /** The development mailbox: what would have left the house. */
  'list-mailbox': defineMethod(
    z.strictObject({ orderId: orderId.optional(), ...page }),
    z.strictObject({ items: z.array(mail), nextCursor: cursor.optional() }),
  ),
} as const;
