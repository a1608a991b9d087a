/** A whole notification service on a database of its own, and the order events it is told. */
import { randomUUID } from 'node:crypto';
import type { Channel, MailboxMessage, Notification } from '@ecommercestack/contracts';
import { createBus, createMetrics } from '@ecommercestack/kit';
import type { Clock, Message, Outcome, ServiceApp } from '@ecommercestack/kit';
import { callMethod, memoryLogger } from '@ecommercestack/kit/testing';
import { buildNotification, readConfig } from '../app.ts';
import type { MessageChannel } from '../ports.ts';

export interface TestNotification {
  readonly app: ServiceApp;
  readonly deadLetters: readonly string[];
  deliver(message: Message): Promise<void>;
  call<T>(method: string, input: unknown, actor?: string, roles?: readonly string[]): Promise<Outcome<T>>;
  notifications(orderId: string): Promise<readonly Notification[]>;
  mails(orderId: string): Promise<readonly MailboxMessage[]>;
  stop(): Promise<void>;
}

export interface StartOptions {
  readonly connectionString: string;
  readonly clock: Clock;
  readonly env?: Readonly<Record<string, string>>;
  readonly channels?: Partial<Readonly<Record<Channel, MessageChannel>>>;
}

export async function startNotification(options: StartOptions): Promise<TestNotification> {
  const { connectionString, clock, channels } = options;
  const logger = memoryLogger('notification');
  const metrics = createMetrics({ service: 'notification' });
  const deadLetters: string[] = [];
  const bus = createBus({
    logger,
    metrics,
    clock,
    retry: { attempts: 3, baseMs: 1, maxMs: 2 },
    onDeadLetter: async (_subscription, _message, reason) => void deadLetters.push(reason),
  });
  const env = {
    DATABASE_URL: connectionString,
    PG_POOL_MAX: '6',
    PG_POOL_MIN: '0',
    POLL_INTERVAL: '20ms',
    ...options.env,
  };
  const app = buildNotification(readConfig(env), {
    logger,
    metrics,
    clock,
    checkOutputs: true,
    ...(channels && { channels }),
  });
  for (const subscription of app.subscriptions) bus.subscribe(subscription);
  await app.start();

  const call = <T>(method: string, input: unknown, actor = 'ada', roles: readonly string[] = []) =>
    callMethod<T>(app.methods, method, input, { actor: { id: actor, roles } });
  const itemsOf = async <T>(method: string, orderId: string): Promise<readonly T[]> => {
    const page = await call<{ items: T[] }>(method, { orderId, limit: 100 }, 'eve', ['support']);
    if (!page.ok) throw new Error(page.problem.detail);
    return page.value.items;
  };
  return {
    app,
    deadLetters,
    deliver: async (message) => void (await bus.publish([message])),
    call,
    notifications: (orderId) => itemsOf('list-notifications', orderId),
    mails: (orderId) => itemsOf('list-mailbox', orderId),
    async stop() {
      await bus.close();
      await app.stop();
    },
  };
}

/** What the order service announces; a new message id each time. */
export function orderEvent(
  type: string,
  { orderId = randomUUID(), customerId = 'ada', ...more }: Readonly<Record<string, string>> = {},
): Message<{ readonly orderId: string }> {
  const data = { orderId, customerId, total: { amount: 1_250, currency: 'EUR' }, version: 6, ...more };
  return {
    id: randomUUID(),
    topic: 'order.events',
    key: orderId,
    type,
    time: '2030-01-01T12:00:00.000Z',
    source: 'order',
    data,
  };
}
