/** Whether anything is still being done. */
import { setTimeout as pause } from 'node:timers/promises';

export interface Activity {
  readonly during: <T>(work: () => Promise<T>) => Promise<T>;
  /** Resolves when nothing has begun for a while and all has ended, or when that takes too long. */
  readonly untilQuiet: () => Promise<void>;
}

/** Longer than it takes the sidecar to hand over the next of what it has taken from the broker. */
const QUIET_MS = 400;
/** Of the 20 s that a process has to end. */
const LIMIT_MS = 8_000;
const LOOK_MS = 20;

export function createActivity(): Activity {
  let open = 0;
  let lastAt = Number.NEGATIVE_INFINITY;
  return {
    during: async (work) => {
      open += 1;
      try {
        return await work();
      } finally {
        open -= 1;
        lastAt = performance.now();
      }
    },
    untilQuiet: async () => {
      const begin = performance.now();
      const isQuiet = () => open === 0 && performance.now() - Math.max(lastAt, begin) >= QUIET_MS;
      while (!isQuiet() && performance.now() - begin < LIMIT_MS) await pause(LOOK_MS);
    },
  };
}
