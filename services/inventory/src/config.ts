/** The configuration of the service; nothing else in it reads the environment. */
import { durationMs, parseConfig, poolConfig, postgresUrl, wholeNumber } from '@ecommercestack/kit';
import type { Environment } from '@ecommercestack/kit';
import { z } from 'zod';

export const configSchema = z.object({
  DATABASE_URL: postgresUrl,
  ...poolConfig,
  /** Unique among living instances, the same after a restart. */
  INSTANCE_ID: z.string().min(1).prefault('local'),
  /** How long units stay reserved for an order that is not finished. Must outlast the order's payment deadline. */
  RESERVATION_TTL: durationMs.prefault('10m'),
  /** How late a reservation that is over may give its units back. */
  EXPIRY_SWEEP_INTERVAL: durationMs.prefault('1s'),
  /** How long handled messages are remembered; longer than the broker may redeliver. */
  INBOX_RETENTION: durationMs.prefault('7d'),
  /** Messages per publish call. 1 suits a bus in the same process, where a call ends with its slowest handler. */
  RELAY_BATCH: wholeNumber.pipe(z.int().min(1).max(1_000)).prefault('1'),
  /** A SKU counts as low from this many available units downwards. */
  LOW_STOCK_THRESHOLD: wholeNumber.prefault('5'),
});

export type InventoryConfig = z.output<typeof configSchema>;

export function readConfig(env: Environment): InventoryConfig {
  return parseConfig(configSchema, env);
}
