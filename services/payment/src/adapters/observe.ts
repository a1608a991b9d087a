/** Feeds the metrics: outcomes as they are committed, figures of waiting payments before each scrape. */
import type { EventStore } from '@ecommercestack/event-store';
import type { BreakerState } from '../domain/circuit-breaker.ts';
import { outcomes } from '../metrics.ts';
import type { PaymentMetrics } from '../metrics.ts';
import type { Waiting } from './waiting-payments.ts';

const dependency = 'payment-provider';
const figures: Record<BreakerState['name'], number> = { CLOSED: 0, OPEN: 1, 'HALF-OPEN': 2 };

export function showBreaker(metrics: PaymentMetrics, name: BreakerState['name']): void {
  metrics.breakerState.set({ dependency }, figures[name]);
}

export function countTransition(metrics: PaymentMetrics, to: BreakerState['name']): void {
  metrics.breakerTransitions.inc({ dependency, to });
  showBreaker(metrics, to);
}

/** Each event is counted once, by the process that committed it. Returns the way to stop. */
export function countOutcomes(store: EventStore, metrics: PaymentMetrics): () => void {
  const outcomeOf = new Map<string, (typeof outcomes)[number]>(
    outcomes.map((name) => [`payment-${name}`, name]),
  );
  return store.onCommit(({ events }) => {
    for (const { type } of events) {
      if (type === 'payment-late-authorisation-found') metrics.lateAuthorisations.inc({});
      const outcome = outcomeOf.get(type);
      if (outcome !== undefined) metrics.processed.inc({ outcome });
    }
  });
}

export function showWaiting(metrics: PaymentMetrics, waiting: Waiting): void {
  metrics.unknownOpen.set({}, waiting.unknown);
  metrics.unknownOldest.set({}, waiting.oldestUnknownSeconds);
  metrics.deferredOpen.set({}, waiting.deferred);
  metrics.pendingOldest.set({}, waiting.oldestPendingSeconds);
}
