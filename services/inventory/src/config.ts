/** The configuration of the service; nothing else in it reads the environment. */
import { durationMs, parseConfig, storageConfig, wholeNumber } from '@ecommercestack/kit';
import type { Environment } from '@ecommercestack/kit';
import { z } from 'zod';

const configSchema = z.object({
  ...storageConfig,
  /** How long units stay reserved for an order that is not finished. Must outlast the order's payment deadline. */
  RESERVATION_TTL: durationMs.prefault('10m'),
  /** How late a reservation that is over may give its units back. */
  EXPIRY_SWEEP_INTERVAL: durationMs.prefault('1s'),
  /** A SKU counts as low from this many available units downwards. */
  LOW_STOCK_THRESHOLD: wholeNumber.prefault('5'),
});

export type InventoryConfig = z.output<typeof configSchema>;

export function readConfig(env: Environment): InventoryConfig {
  return parseConfig(configSchema, env);
}
