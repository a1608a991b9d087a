/** Builds the notification service from its configuration and the runtime's ports. */
import { deadLetterContracts, notificationMethods } from '@ecommercestack/contracts';
import type { Channel } from '@ecommercestack/contracts';
import {
  createSequence,
  defineMethods,
  openStorage,
  whileRunning,
  withDeadLetters,
} from '@ecommercestack/kit';
import type { Clock, Logger, MethodTable, Metrics, ServiceApp } from '@ecommercestack/kit';
import type { Pool } from 'pg';
import { createBindingChannel } from './adapters/binding-email.ts';
import { openDaprMailBinding } from './adapters/dapr-mail-binding.ts';
import { claimDue, createRecorder } from './adapters/delivery-table.ts';
import { createMailbox, findMessages } from './adapters/mailbox.ts';
import { findNotifications } from './adapters/notification-list.ts';
import { readPreferencesOf, writePreferences } from './adapters/preferences-table.ts';
import { createRegisterProcessor } from './adapters/register-processor.ts';
import { createSmtpChannel } from './adapters/smtp.ts';
import { tables } from './adapters/tables.ts';
import type { NotificationConfig } from './config.ts';
import { getPreferences, setPreferences } from './features/choose-channels/preferences.ts';
import { deliverWith } from './features/deliver-notifications/delivery.ts';
import { createMoneyFormat } from './features/deliver-notifications/money.ts';
import { render } from './features/deliver-notifications/render.ts';
import { createWorker } from './features/deliver-notifications/worker.ts';
import type { Worker } from './features/deliver-notifications/worker.ts';
import { listMailbox } from './features/list-mailbox/list-mailbox.ts';
import { listNotifications } from './features/list-notifications/list-notifications.ts';
import { orderEventsSubscription } from './features/notify-customer/order-events.ts';
import { collectPending, declareNotificationMetrics } from './metrics.ts';
import type { NotificationMetrics } from './metrics.ts';
import { channels } from './notification.ts';
import type { Occasion } from './notification.ts';
import type { MessageChannel, RegisterNotifications } from './ports.ts';

export { readConfig } from './config.ts';
export type { NotificationConfig } from './config.ts';

const CLAIM_REST_MS = 50;

export interface NotificationDependencies {
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly clock: Clock;
  /** Instead of those that the configuration names. */
  readonly channels?: Partial<Readonly<Record<Channel, MessageChannel>>>;
  /** Parse every answer against its contract, for tests. */
  readonly checkOutputs?: boolean;
}

export function buildNotification(
  config: NotificationConfig,
  dependencies: NotificationDependencies,
): ServiceApp {
  const { logger, metrics, clock } = dependencies;
  const storage = openStorage({ ...tables, config, logger, metrics, clock });
  const { pool, store, hooks, readiness, deadLetters } = storage;
  const business = declareNotificationMetrics(metrics);
  const used = openChannels(config, dependencies, pool);
  const workers = openWorkers(config, dependencies, pool, used, business);
  const format = createMoneyFormat();
  const textOf = (occasion: Occasion, channel: Channel) => render(occasion, channel, format);
  const processor = createRegisterProcessor({ store, channels: used, textOf, hooks });
  const register: RegisterNotifications = async (message) => {
    const handled = await processor.submit(message);
    if (handled.kind === 'duplicate') return handled;
    for (const { channel, status } of handled.result) {
      business.notifications.inc({ channel, status });
      if (status === 'pending') workers.get(channel)?.wake();
    }
    return handled;
  };
  const each = [...workers.values()];

  const app: ServiceApp = {
    appId: tables.appId,
    methods: methodsOf(pool, dependencies.checkOutputs ?? false),
    subscriptions: [orderEventsSubscription(register)],
    readiness,
    deadLetters,
    ...createSequence([
      storage,
      { stop: () => Promise.all([...used.values()].map(async (channel) => channel.close?.())) },
      { stop: () => processor.drain() },
      {
        start: () => each.forEach((worker) => worker.start()),
        stop: () => Promise.all(each.map((worker) => worker.stop())),
      },
      whileRunning(() => metrics.onCollect(() => collectPending(business, pool, clock.now()))),
    ]),
  };
  return withDeadLetters(app, storage, deadLetterContracts, dependencies);
}

function methodsOf(pool: Pool, checkOutputs: boolean): MethodTable {
  return defineMethods(
    notificationMethods,
    {
      'list-notifications': listNotifications((query) => findNotifications(pool, query)),
      'get-preferences': getPreferences((customerId) => readPreferencesOf(pool, customerId)),
      'set-preferences': setPreferences((customerId, chosen) => writePreferences(pool, customerId, chosen)),
      'list-mailbox': listMailbox((query) => findMessages(pool, query)),
    },
    { checkOutputs },
  );
}

function openChannels(
  config: NotificationConfig,
  { channels: given = {}, clock }: NotificationDependencies,
  pool: Pool,
): ReadonlyMap<Channel, MessageChannel> {
  const mailbox = createMailbox(pool, () => clock.now());
  const chosen = { email: config.CHANNEL_EMAIL, sms: config.CHANNEL_SMS, push: config.CHANNEL_PUSH };
  const open = (channel: Channel): MessageChannel | undefined => {
    switch (chosen[channel]) {
      case 'off':
        return undefined;
      case 'mailbox':
        return mailbox;
      case 'smtp':
        return createSmtpChannel({
          url: config.SMTP_URL?.reveal() ?? '',
          from: config.SMTP_FROM,
          timeoutMs: config.SEND_TIMEOUT,
        });
      case 'binding':
        return createBindingChannel({
          binding: openDaprMailBinding({
            name: config.EMAIL_BINDING,
            port: config.DAPR_HTTP_PORT ?? 0,
            ...(config.DAPR_API_TOKEN !== undefined && { apiToken: config.DAPR_API_TOKEN.reveal() }),
          }),
          from: config.SMTP_FROM,
          timeoutMs: config.SEND_TIMEOUT,
        });
    }
  };
  const opened = channels.map((channel) => [channel, given[channel] ?? open(channel)] as const);
  return new Map(opened.flatMap(([channel, way]) => (way === undefined ? [] : [[channel, way] as const])));
}

function openWorkers(
  config: NotificationConfig,
  { logger, clock }: NotificationDependencies,
  pool: Pool,
  used: ReadonlyMap<Channel, MessageChannel>,
  metrics: NotificationMetrics,
): ReadonlyMap<Channel, Worker> {
  const record = createRecorder(pool, () => clock.now());
  const retry = { maxAttempts: config.MAX_ATTEMPTS, baseMs: config.RETRY_BASE, maxMs: config.RETRY_MAX };
  const workerOf = (channel: Channel, way: MessageChannel): Worker =>
    createWorker({
      claim: (limit) => {
        const now = clock.now();
        const until = new Date(now.getTime() + config.SEND_LEASE);
        return claimDue(pool, { channel, limit, now, until });
      },
      deliver: deliverWith({ channel: way, retry, timeoutMs: config.SEND_TIMEOUT, logger }),
      record: async (attempt, result) => {
        await record(attempt, result);
        metrics.notifications.inc({ channel, status: result.kind });
      },
      concurrency: way.concurrency,
      pollMs: config.POLL_INTERVAL,
      restMs: CLAIM_REST_MS,
      onError: (error) => logger.warn({ error, channel }, 'delivering failed and will be tried again'),
    });
  return new Map([...used].map(([channel, way]) => [channel, workerOf(channel, way)]));
}
