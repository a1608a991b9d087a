/**
 * When to stop calling a dependency that fails, and when to try again.
 * Pure: every function takes the state, the settings in force and the time (milliseconds), so that changed
 * settings count from the next call on.
 */

export interface BreakerSettings {
  readonly failureThreshold: number;
  readonly openSeconds: number;
  readonly halfOpenRequests: number;
}

/** `generation` grows with every transition, and tells a late result that it belongs to the past. */
export type BreakerState =
  | { readonly name: 'CLOSED'; readonly generation: number; readonly failures: number }
  | {
      readonly name: 'OPEN';
      readonly generation: number;
      readonly failures: number;
      readonly openedAt: number;
    }
  | {
      readonly name: 'HALF-OPEN';
      readonly generation: number;
      readonly failures: number;
      readonly openedAt: number;
      readonly admitted: number;
      readonly succeeded: number;
    };

export interface Permit {
  readonly generation: number;
}

export type Admission =
  | { readonly state: BreakerState; readonly permit: Permit }
  | { readonly state: BreakerState; readonly permit: undefined; readonly retryAt: number };

/** How long a refused caller waits while trials are under way. */
const trialWaitMs = 1000;

export const closedBreaker: BreakerState = { name: 'CLOSED', generation: 0, failures: 0 };

export function admit(state: BreakerState, settings: BreakerSettings, now: number): Admission {
  const current = after(state, settings, now);
  if (current.name === 'CLOSED') return { state: current, permit: { generation: current.generation } };
  if (current.name === 'OPEN')
    return { state: current, permit: undefined, retryAt: retryAt(current, settings) };
  if (current.admitted >= settings.halfOpenRequests) {
    return { state: current, permit: undefined, retryAt: now + trialWaitMs };
  }
  return {
    state: { ...current, admitted: current.admitted + 1 },
    permit: { generation: current.generation },
  };
}

/** What a call's result means. A business refusal is a success: the dependency answered. */
export function record(
  state: BreakerState,
  permit: Permit,
  result: 'success' | 'failure',
  settings: BreakerSettings,
  now: number,
): BreakerState {
  if (permit.generation !== state.generation) return state;
  const generation = state.generation + 1;
  if (result === 'failure') {
    const failures = state.failures + 1;
    const opens = state.name === 'HALF-OPEN' || failures >= settings.failureThreshold;
    return opens ? { name: 'OPEN', generation, failures, openedAt: now } : { ...state, failures };
  }
  if (state.name === 'HALF-OPEN') {
    return closeIfProven({ ...state, succeeded: state.succeeded + 1 }, settings);
  }
  return { ...state, failures: 0 };
}

/** The state that time and settings alone lead to. */
export function after(state: BreakerState, settings: BreakerSettings, now: number): BreakerState {
  if (state.name === 'OPEN' && now >= retryAt(state, settings)) {
    return { ...state, name: 'HALF-OPEN', generation: state.generation + 1, admitted: 0, succeeded: 0 };
  }
  // Fewer trials may be asked for while they run.
  return state.name === 'HALF-OPEN' ? closeIfProven(state, settings) : state;
}

export function retryAt(state: { readonly openedAt: number }, settings: BreakerSettings): number {
  return state.openedAt + settings.openSeconds * 1000;
}

function closeIfProven(
  state: Extract<BreakerState, { name: 'HALF-OPEN' }>,
  settings: BreakerSettings,
): BreakerState {
  if (state.succeeded < settings.halfOpenRequests) return state;
  return { name: 'CLOSED', generation: state.generation + 1, failures: 0 };
}
