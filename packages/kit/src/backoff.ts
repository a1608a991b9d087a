/** Waiting between attempts. */
import { setTimeout as wait } from 'node:timers/promises';

export interface Backoff {
  readonly baseMs: number;
  readonly maxMs: number;
}

/** Exponential, between half and all of the step (equal jitter), so that failures do not come back in step. */
export function backoffMs(attempt: number, { baseMs, maxMs }: Backoff, random: () => number): number {
  const step = Math.min(maxMs, baseMs * 2 ** Math.min(attempt - 1, 30));
  return step / 2 + (random() * step) / 2;
}

/** Resolves after the time, or at once when the signal aborts. */
export async function sleep(ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  const quiet = { ref: true, signal };
  await wait(ms, undefined, quiet).catch((error: unknown) => {
    if (!signal.aborted) throw error;
  });
}
