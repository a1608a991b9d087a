import { setTimeout as pause } from 'node:timers/promises';

export interface Repeated {
  start(): void;
  /** Cuts the pause short, and lets a run that has begun finish. */
  stop(): Promise<void>;
}

/**
 * Runs `work` again and again with a pause between; a failure is reported, and the next run comes as usual.
 * `stopping` aborts on `stop`: work that gives up because of it has not failed. Milliseconds.
 */
export function createRepeated(options: {
  readonly work: (stopping: AbortSignal) => Promise<unknown>;
  readonly pauseMs: number;
  readonly onError: (error: unknown) => void;
}): Repeated {
  const { work, pauseMs, onError } = options;
  const stopping = new AbortController();
  const { signal } = stopping;
  let running: Promise<void> = Promise.resolve();

  const loop = async (): Promise<void> => {
    while (!signal.aborted) {
      try {
        await work(signal);
      } catch (error) {
        if (!isAbort(error) || !signal.aborted) onError(error);
      }
      await pause(pauseMs, undefined, { signal, ref: false }).catch(() => undefined);
    }
  };
  return {
    start: () => {
      running = loop();
    },
    stop: async () => {
      stopping.abort();
      await running;
    },
  };
}

function isAbort(error: unknown): boolean {
  return error instanceof Error && error.name === 'AbortError';
}
