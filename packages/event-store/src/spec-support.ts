/** What the specs of this package share. */
import { setTimeout as sleep } from 'node:timers/promises';
import { createEventStore, type EventStore, type EventStoreOptions } from './event-store.ts';
import { migrateEventStore } from './migrate.ts';
import { createTestDatabase, type TestDatabase } from './testing.ts';

export interface Fixture {
  readonly database: TestDatabase;
  readonly store: EventStore;
  /** Another store object on the same database, as another process would have it. */
  readonly another: (options?: Partial<EventStoreOptions>) => EventStore;
  /** What background work has reported. */
  readonly errors: unknown[];
  /** Runs before the database is dropped, whether the test has passed or not. */
  readonly onEnd: (fn: () => Promise<void>) => void;
}

export async function withStore(
  fn: (fixture: Fixture) => Promise<void>,
  options: Partial<EventStoreOptions> & { readonly maxConnections?: number } = {},
): Promise<void> {
  const database = await createTestDatabase(options);
  const errors: unknown[] = [];
  const ends: (() => Promise<void>)[] = [];
  const another = (more: Partial<EventStoreOptions> = {}) =>
    createEventStore({ pool: database.pool, onError: (error) => errors.push(error), ...options, ...more });
  try {
    await migrateEventStore(database.connectionString);
    await fn({ database, store: another(), another, errors, onEnd: (end) => void ends.push(end) });
  } finally {
    await Promise.allSettled(ends.map((end) => end()));
    await database.drop();
  }
}

/** Waits until something is so, and fails when that is in vain. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  const inVain = AbortSignal.timeout(20_000);
  while (!(await condition())) {
    if (inVain.aborted) throw new Error(`waited in vain until ${condition.toString()}`);
    await sleep(2);
  }
}

/** An event of no importance. */
export const event = (type = 'noted', data: unknown = {}) => ({ type, data });

export async function appendOne(store: EventStore, streamId: string, expectedVersion: number): Promise<void> {
  await store.transaction([streamId], async (tx) => {
    if (expectedVersion === 0) tx.create(streamId, [event()]);
    else tx.append(streamId, expectedVersion, [event()]);
    return Promise.resolve();
  });
}

/** A promise settled from outside. */
export function gate(): { readonly opened: Promise<void>; readonly open: () => void } {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { opened: promise, open: resolve };
}
