/** Forgets, once an hour, the handled messages that no broker will deliver again. */
import { purgeInbox } from '@ecommercestack/event-store';
import type { EventStore } from '@ecommercestack/event-store';

const hourMs = 3_600_000;

/** Returns the way to stop, which waits for a round under way. */
export function forgetMessages(store: EventStore, ttlMs: number): () => Promise<void> {
  let round: Promise<unknown> = Promise.resolve();
  const timer = setInterval(() => {
    round = purgeInbox(store, new Date(store.now().getTime() - ttlMs)).catch(store.reportError);
  }, hourMs).unref();
  return async () => {
    clearInterval(timer);
    await round;
  };
}
