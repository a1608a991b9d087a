/** Applies a projection at a steady pace instead of after every commit: many events then share a transaction. */
import { setTimeout as wait } from 'node:timers/promises';
import type { EventStore, Projection } from '@ecommercestack/event-store';

export interface Pace {
  /** At least this long between two rounds: how late the projection is under load. */
  readonly restMs: number;
  /** At most this long: how late it sees what other processes have committed. */
  readonly pollMs: number;
}

export interface PacedProjection {
  start(): void;
  stop(): Promise<void>;
}

export function paceProjection(store: EventStore, projection: Projection, pace: Pace): PacedProjection {
  const stopping = new AbortController();
  let wake: () => void = () => undefined;
  let running: Promise<void> = Promise.resolve();
  let stopListening: () => void = () => undefined;

  /** Resolves at the first commit, or when it is time to look for those of others. */
  const nextCommit = (): Promise<void> =>
    new Promise((resolve) => {
      const timer = setTimeout(resolve, pace.pollMs);
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
      if (stopping.signal.aborted) wake();
    });

  const run = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      const committed = nextCommit();
      await projection.catchUp().catch(store.reportError);
      await committed;
      if (!stopping.signal.aborted) await rest();
    }
  };
  const rest = () =>
    wait(pace.restMs, undefined, { signal: stopping.signal }).catch((error: unknown) => {
      if (!stopping.signal.aborted) throw error;
    });

  return {
    start: () => {
      stopListening = store.onCommit(({ events }) => {
        if (events.length > 0) wake();
      });
      running = run();
    },
    stop: async () => {
      stopListening();
      stopping.abort();
      wake();
      await running;
    },
  };
}
