/** The configuration of the order service; nothing else of it reads the environment. */
import { z } from 'zod';
import {
  durationMs,
  parseConfig,
  poolConfig,
  postgresUrl,
  wholeNumber,
  type Environment,
} from '@ecommercestack/kit';

export const configSchema = z
  .object({
    DATABASE_URL: postgresUrl,
    /** How long an order waits for its payment; shorter than the inventory holds the stock. */
    PAYMENT_DEADLINE: durationMs.prefault('5m'),
    RESERVATION_TTL: durationMs.prefault('10m'),
    /** After this time without an answer a command is sent again; the wait doubles up to the maximum. */
    STEP_TIMEOUT: durationMs.prefault('30s'),
    MAX_STEP_TIMEOUT: durationMs.prefault('10m'),
    IDEMPOTENCY_TTL: durationMs.prefault('24h'),
    /** Longer than any broker redelivers; the business keys guard beyond it. */
    INBOX_TTL: durationMs.prefault('14d'),
    /** Messages per publish call. 1 suits a bus in the same process, where a call ends with its slowest handler. */
    RELAY_BATCH: wholeNumber.pipe(z.int().min(1).max(1_000)).prefault('1'),
    /** Names this process towards the outbox: unique among living ones, the same after a restart. */
    INSTANCE_ID: z.string().min(1).prefault('local'),
    ...poolConfig,
  })
  .refine((config) => config.PAYMENT_DEADLINE < config.RESERVATION_TTL, {
    path: ['PAYMENT_DEADLINE'],
    message: 'must be shorter than RESERVATION_TTL',
  });

export type OrderConfig = z.output<typeof configSchema>;

export function readConfig(env: Environment): OrderConfig {
  return parseConfig(configSchema, env);
}
