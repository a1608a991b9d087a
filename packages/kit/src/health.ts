/** Whether the service can handle anything now. */
import { runChecks } from './http/admin.ts';
import type { ReadinessCheck } from './ports.ts';

/** The checks that calls, or messages, cannot do without. */
export function neededBy(what: 'calls' | 'messages', checks: readonly ReadinessCheck[]) {
  return checks.filter(
    ({ optional }) => optional === undefined || (what === 'messages' && optional.messages === 'wait'),
  );
}

/** How long a check may take before its part counts as away. */
export const CHECK_MS = 3_000;

export interface Health {
  /** Asks, or joins who is asking already. */
  check(): Promise<boolean>;
  /** The same, or what was known before where the answer takes longer than `ms`. */
  glance(ms: number): Promise<boolean>;
}

/**
 * A check may take `limitMs`: one that waits for its turn in a busy pool says that the service is busy, not that it
 * is ill, and a sidecar that paused it for that would make it idle and busy by turns.
 */
export function createHealth(checks: readonly ReadinessCheck[], limitMs: number): Health {
  let known = true;
  let asking: Promise<boolean> | undefined;

  const ask = async (): Promise<boolean> => {
    const results = await runChecks(checks, limitMs);
    known = results.every(({ ready }) => ready);
    asking = undefined;
    return known;
  };
  const check = (): Promise<boolean> => (asking ??= ask());

  return {
    check,
    glance: async (ms) => {
      const late = Promise.withResolvers<boolean>();
      const timer = setTimeout(() => late.resolve(known), ms);
      try {
        return await Promise.race([check(), late.promise]);
      } finally {
        clearTimeout(timer);
      }
    },
  };
}
