/** The configuration of the order service; nothing else of it reads the environment. */
import { z } from 'zod';
import { durationMs, parseConfig, storageConfig, type Environment } from '@ecommercestack/kit';

const configSchema = z
  .object({
    ...storageConfig,
    /** How long an order waits for its payment; shorter than the inventory holds the stock. */
    PAYMENT_DEADLINE: durationMs.prefault('5m'),
    RESERVATION_TTL: durationMs.prefault('10m'),
    /** After this time without an answer a command is sent again; the wait doubles up to the maximum. */
    STEP_TIMEOUT: durationMs.prefault('30s'),
    MAX_STEP_TIMEOUT: durationMs.prefault('10m'),
    IDEMPOTENCY_TTL: durationMs.prefault('24h'),
    /** Name of a state component for carts; without one they are kept in the database. */
    STATE_STORE: z.string().optional(),
    /** How long a cart is kept after its last change. */
    CART_TTL: durationMs.refine((ms) => ms >= 1_000, 'must be 1s or more').prefault('30d'),
  })
  .refine((config) => config.PAYMENT_DEADLINE < config.RESERVATION_TTL, {
    path: ['PAYMENT_DEADLINE'],
    message: 'must be shorter than RESERVATION_TTL',
  });

export type OrderConfig = z.output<typeof configSchema>;

export function readConfig(env: Environment): OrderConfig {
  return parseConfig(configSchema, env);
}
