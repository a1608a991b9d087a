import { z } from 'zod';
import { notificationMethods, preferences } from '../methods/notification.ts';
import { cursor, orderId } from '../values.ts';
import { pageQuery } from './query.ts';
import type { Route } from './route.ts';

const query = z.strictObject({ orderId: orderId.optional(), cursor: cursor.optional(), ...pageQuery });

export const notificationRoutes: readonly Route[] = [
  {
    id: 'listNotifications',
    method: 'get',
    path: '/api/notifications',
    tag: 'Notifications',
    summary: 'What was sent about an order, or to the caller, and whether it arrived',
    access: 'customer',
    query,
    service: 'notification',
    call: 'list-notifications',
    toInput: ({ query }) => query,
    success: 200,
    response: { description: 'Newest first', schema: notificationMethods['list-notifications'].output },
    problems: ['invalid-request'],
  },
  {
    id: 'listMailbox',
    method: 'get',
    path: '/api/notifications/mailbox',
    tag: 'Notifications',
    summary: 'The development mailbox: messages as the caller would have received them',
    access: 'customer',
    query,
    service: 'notification',
    call: 'list-mailbox',
    toInput: ({ query }) => query,
    success: 200,
    response: { description: 'Newest first', schema: notificationMethods['list-mailbox'].output },
    problems: ['invalid-request'],
  },
  {
    id: 'getNotificationPreferences',
    method: 'get',
    path: '/api/notifications/preferences',
    tag: 'Notifications',
    summary: 'On which channels the caller is told',
    access: 'customer',
    service: 'notification',
    call: 'get-preferences',
    toInput: () => ({}),
    success: 200,
    response: { description: 'Per channel', schema: preferences },
    problems: [],
  },
  {
    id: 'setNotificationPreferences',
    method: 'put',
    path: '/api/notifications/preferences',
    tag: 'Notifications',
    summary: 'Choose the channels',
    access: 'customer',
    body: preferences,
    service: 'notification',
    call: 'set-preferences',
    toInput: ({ body }) => body,
    success: 200,
    response: { description: 'As stored', schema: preferences },
    problems: ['invalid-request'],
  },
];
