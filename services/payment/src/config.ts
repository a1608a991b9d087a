/** The configuration of the payment service; nothing else of it reads the environment. */
import { durationMs, poolConfig, postgresUrl, secret, wholeNumber } from '@ecommercestack/kit';
import { z } from 'zod';

export const configSchema = z.object({
  PAYMENT_DATABASE_URL: postgresUrl,
  PAYMENT_PROVIDER_URL: z.url({ protocol: /^https?$/, error: 'must be an http(s):// URL' }),
  PAYMENT_PROVIDER_API_KEY: secret.optional(),
  /** Shared with the provider; signs its webhooks. */
  PAYMENT_WEBHOOK_SECRET: secret,
  /** Of one call to the provider, as a whole. */
  PAYMENT_CALL_TIMEOUT: durationMs.prefault('5s'),
  PAYMENT_MAX_CALLS: wholeNumber.pipe(z.int().min(1).max(1_000)).prefault('64'),
  /** Pause before an unsettled payment is looked at again; doubles up to the maximum. */
  PAYMENT_RETRY_BASE: durationMs.prefault('1s'),
  PAYMENT_RETRY_MAX: durationMs.prefault('1m'),
  /** How long a request that the provider does not know of may still be on its way to it. */
  PAYMENT_ARRIVAL_LIMIT: durationMs.prefault('15s'),
  /** Longer than any broker redelivers; the state of the payment guards beyond it. */
  PAYMENT_INBOX_TTL: durationMs.prefault('14d'),
  /** Messages per publish call. 1 suits a bus in the same process, where a call ends with its slowest handler. */
  PAYMENT_RELAY_BATCH: wholeNumber.pipe(z.int().min(1).max(1_000)).prefault('1'),
  /** Names this process towards the outbox: unique among living ones, the same after a restart. */
  PAYMENT_INSTANCE: z.string().min(1).default('payment-0'),
  ...poolConfig,
});

export type PaymentConfig = z.output<typeof configSchema>;
