/** Holds the state of a circuit breaker, tells its transitions, and asks the settings anew at every call. */
import { admit, after, closedBreaker, record, retryAt } from '../domain/circuit-breaker.ts';
import type { BreakerSettings, BreakerState, Permit } from '../domain/circuit-breaker.ts';

export interface Breaker {
  /** A permit, to be given back with the result; or when to come again (milliseconds). */
  admit(): { readonly permit: Permit } | { readonly permit: undefined; readonly retryAt: number };
  /** When to come again if a call would be refused now. Takes no permit. */
  refusedUntil(): number | undefined;
  record(permit: Permit, result: 'success' | 'failure'): void;
  view(): BreakerView;
}

export interface BreakerView {
  readonly name: BreakerState['name'];
  readonly failures: number;
  readonly openedAt: Date | undefined;
  readonly retryAt: Date | undefined;
  readonly settings: BreakerSettings;
}

export interface BreakerOptions {
  readonly settings: () => BreakerSettings;
  /** Milliseconds since the epoch, never going back. */
  readonly now: () => number;
  readonly onTransition: (to: BreakerState['name']) => void;
}

export function createBreaker({ settings, now, onTransition }: BreakerOptions): Breaker {
  let state: BreakerState = closedBreaker;

  function move(next: BreakerState): void {
    const changed = next.name !== state.name;
    state = next;
    if (changed) onTransition(next.name);
  }

  return {
    admit() {
      const admission = admit(state, settings(), now());
      move(admission.state);
      return admission;
    },
    refusedUntil() {
      const admission = admit(state, settings(), now());
      return admission.permit === undefined ? admission.retryAt : undefined;
    },
    record(permit, result) {
      move(record(state, permit, result, settings(), now()));
    },
    view() {
      move(after(state, settings(), now()));
      return {
        name: state.name,
        failures: state.failures,
        openedAt: state.name === 'CLOSED' ? undefined : new Date(state.openedAt),
        retryAt: state.name === 'OPEN' ? new Date(retryAt(state, settings())) : undefined,
        settings: settings(),
      };
    },
  };
}
