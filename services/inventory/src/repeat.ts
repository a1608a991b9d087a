import { setTimeout as wait } from 'node:timers/promises';

export interface Repeated {
  start(): void;
  /** Lets a run that has begun finish. */
  stop(): Promise<void>;
}

/** Runs `work` again and again with a pause between; a failure is reported, and the next run comes as usual. */
export function createRepeated(options: {
  readonly work: (stopping: AbortSignal) => Promise<void>;
  readonly pauseMs: number;
  readonly onError: (error: unknown) => void;
}): Repeated {
  const stopping = new AbortController();
  const { signal } = stopping;
  let running: Promise<void> = Promise.resolve();
  const loop = async (): Promise<void> => {
    while (!signal.aborted) {
      await options.work(signal).catch(options.onError);
      await wait(options.pauseMs, undefined, { signal }).catch(() => undefined);
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
