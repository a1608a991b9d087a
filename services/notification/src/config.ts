/** The configuration of the service; nothing else in it reads the environment. */
import { durationMs, parseConfig, portNumber, secret, storageConfig, wholeNumber } from '@ecommercestack/kit';
import type { Environment } from '@ecommercestack/kit';
import { z } from 'zod';

const configSchema = z
  .object({
    ...storageConfig,
    /**
     * `mailbox` keeps messages in a table for development; `binding` sends through the sidecar; `off` suppresses the
     * channel.
     */
    CHANNEL_EMAIL: z.enum(['mailbox', 'smtp', 'binding', 'off']).prefault('mailbox'),
    CHANNEL_SMS: z.enum(['mailbox', 'off']).prefault('mailbox'),
    CHANNEL_PUSH: z.enum(['mailbox', 'off']).prefault('mailbox'),
    /** smtp:// or smtps://, with user and password where the server wants them. */
    SMTP_URL: secret.optional(),
    /** Name of the sidecar's output binding for e-mail. */
    EMAIL_BINDING: z.string().min(1).prefault('email'),
    DAPR_HTTP_PORT: portNumber.optional(),
    DAPR_API_TOKEN: secret.optional(),
    SMTP_FROM: z.string().min(3).prefault('The shop <orders@shop.example>'),
    /** With the pauses below this is a day: an outage of the channel ends before. */
    MAX_ATTEMPTS: wholeNumber.pipe(z.int().min(1)).prefault('300'),
    /** Pause after the first failed attempt; doubled with each to at most RETRY_MAX. */
    RETRY_BASE: durationMs.prefault('2s'),
    RETRY_MAX: durationMs.prefault('5m'),
    /** After this an attempt counts as failed, whatever the channel does. */
    SEND_TIMEOUT: durationMs.prefault('30s'),
    /** After this an attempt that nobody has ended is taken over. */
    SEND_LEASE: durationMs.prefault('60s'),
    /** How often notifications are sought that were not announced in this process. */
    POLL_INTERVAL: durationMs.prefault('1s'),
  })
  .refine(({ CHANNEL_EMAIL, SMTP_URL }) => CHANNEL_EMAIL !== 'smtp' || SMTP_URL !== undefined, {
    path: ['SMTP_URL'],
    message: 'is needed where CHANNEL_EMAIL is smtp',
  })
  .refine(
    ({ CHANNEL_EMAIL, DAPR_HTTP_PORT }) => CHANNEL_EMAIL !== 'binding' || DAPR_HTTP_PORT !== undefined,
    {
      path: ['DAPR_HTTP_PORT'],
      message: 'is needed where CHANNEL_EMAIL is binding',
    },
  )
  .refine(({ SEND_LEASE, SEND_TIMEOUT }) => SEND_LEASE > SEND_TIMEOUT, {
    path: ['SEND_LEASE'],
    message: 'must be longer than SEND_TIMEOUT, or a living attempt is taken over',
  });

export type NotificationConfig = z.output<typeof configSchema>;

export function readConfig(env: Environment): NotificationConfig {
  return parseConfig(configSchema, env);
}
