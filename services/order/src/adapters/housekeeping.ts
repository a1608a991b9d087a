/** Forgets, once an hour, what is only remembered to recognise repeats. */
import { purgeInbox, type EventStore } from '@ecommercestack/event-store';
import type { Clock, Logger } from '@ecommercestack/kit';
import { purgeKeys } from './side-tables.ts';

const HOUR_MS = 3_600_000;

export interface HousekeepingOptions {
  readonly store: EventStore;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly idempotencyTtlMs: number;
  readonly inboxTtlMs: number;
}

export interface Housekeeping {
  start(): void;
  stop(): Promise<void>;
  /** One round, now. */
  run(): Promise<void>;
}

export function createHousekeeping(options: HousekeepingOptions): Housekeeping {
  const { store, clock, logger, idempotencyTtlMs, inboxTtlMs } = options;
  const before = (ms: number) => new Date(clock.now().getTime() - ms);
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> = Promise.resolve();

  const run = async () => {
    const keys = await purgeKeys(store.pool, before(idempotencyTtlMs));
    const messages = await purgeInbox(store, before(inboxTtlMs));
    logger.debug({ keys, messages }, 'forgot idempotency keys and handled messages');
  };

  return {
    run,
    start: () => {
      timer = setInterval(() => {
        running = run().catch((error: unknown) => logger.warn({ error }, 'housekeeping failed'));
      }, HOUR_MS).unref();
    },
    stop: async () => {
      clearInterval(timer);
      await running;
    },
  };
}
