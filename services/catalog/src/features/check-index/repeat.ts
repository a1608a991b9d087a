/** Runs a task again and again with a pause between, until it is stopped. */
import { setTimeout as pause } from 'node:timers/promises';

export interface Repetition {
  /** Cuts the pause short and waits for a run in progress. */
  stop(): Promise<void>;
}

/** `signal` aborts when the repetition is stopped; a run that throws because of it is no failure. */
export function repeat(
  run: (signal: AbortSignal) => Promise<void>,
  intervalMs: number,
  onError: (error: unknown) => void,
): Repetition {
  const stopping = new AbortController();
  const { signal } = stopping;

  const work = async (): Promise<void> => {
    while (!signal.aborted) {
      try {
        await pause(intervalMs, undefined, { signal, ref: false });
        await run(signal);
      } catch (error) {
        if (!signal.aborted) onError(error);
      }
    }
  };
  const working = work();

  return {
    async stop() {
      stopping.abort();
      await working;
    },
  };
}
