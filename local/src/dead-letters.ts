/** Keeps the messages that a service could not handle in that service's database. */
import { createEventStore, deadLetters } from '@ecommercestack/event-store';
import type { Message, OnDeadLetter, ServiceApp } from '@ecommercestack/kit';
import pg from 'pg';

export interface DeadLetterStores {
  readonly record: OnDeadLetter;
  close(): Promise<void>;
}

/** `databases`: connection strings by app-id. */
export function openDeadLetters(
  databases: Readonly<Record<string, string>>,
  apps: () => readonly ServiceApp[],
  onError: (error: unknown) => void,
): DeadLetterStores {
  const pools = new Map<string, pg.Pool>();

  function poolOf(appId: string): pg.Pool {
    const open = pools.get(appId);
    if (open) return open;
    const pool = new pg.Pool({ connectionString: databases[appId], max: 1, idleTimeoutMillis: 1_000 });
    pool.on('error', onError);
    pools.set(appId, pool);
    return pool;
  }

  return {
    record: async (subscription, message, reason, attempts) => {
      const owner = apps().find((app) => app.subscriptions.includes(subscription));
      if (!owner) throw new Error(`no service subscribes as ${subscription.consumer}`);
      const letters = deadLetters<Message>(createEventStore({ pool: poolOf(owner.appId), onError }));
      await letters.record({ consumer: subscription.consumer, message, reason, attempts });
    },
    close: async () => {
      await Promise.all([...pools.values()].map((pool) => pool.end()));
    },
  };
}
