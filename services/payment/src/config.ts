/** The configuration of the payment service; nothing else of it reads the environment. */
import { durationMs, parseConfig, secret, storageConfig, wholeNumber } from '@ecommercestack/kit';
import type { Environment } from '@ecommercestack/kit';
import { z } from 'zod';

const configSchema = z.object({
  ...storageConfig,
  PROVIDER_URL: z.url({ protocol: /^https?$/, error: 'must be an http(s):// URL' }),
  PROVIDER_API_KEY: secret.optional(),
  /** Shared with the provider; signs its webhooks. */
  WEBHOOK_SECRET: secret,
  /** Of one call to the provider, as a whole. */
  CALL_TIMEOUT: durationMs.prefault('5s'),
  MAX_CALLS: wholeNumber.pipe(z.int().min(1).max(1_000)).prefault('64'),
  /** Pause before an unsettled payment is looked at again; doubles up to the maximum. */
  RETRY_BASE: durationMs.prefault('1s'),
  RETRY_MAX: durationMs.prefault('1m'),
  /** How long a request that the provider does not know of may still be on its way to it. */
  ARRIVAL_LIMIT: durationMs.prefault('15s'),
  /** How long the provider is still asked about a request that was given up without its having arrived. */
  LATE_LIMIT: durationMs.prefault('24h'),
});

export type PaymentConfig = z.output<typeof configSchema>;

export function readConfig(env: Environment): PaymentConfig {
  return parseConfig(configSchema, env);
}
