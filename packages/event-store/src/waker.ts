/** A wait that ends early when there is something to do. */

export interface Waker {
  /** Ends the current wait, or the next one if nobody waits. */
  readonly wake: () => void;
  /** Resolves when woken, aborted or after the time, whichever comes first. */
  readonly wait: (milliseconds: number) => Promise<void>;
}

/** For one waiting loop. An aborted signal ends every wait at once. */
export function createWaker(signal?: AbortSignal): Waker {
  let woken = false;
  let finish: (() => void) | undefined;

  function wake(): void {
    woken = true;
    finish?.();
  }

  signal?.addEventListener('abort', wake, { once: true });
  return {
    wake,
    async wait(milliseconds) {
      if (!woken && signal?.aborted !== true) {
        await new Promise<void>((resolve) => {
          const timeout = setTimeout(resolve, milliseconds);
          finish = () => {
            clearTimeout(timeout);
            resolve();
          };
        });
        finish = undefined;
      }
      woken = false;
    },
  };
}

/**
 * Waits of a reader that polls: short after a wake-up, because what was announced may be behind a transaction that
 * is still running, then doubling up to `longest`.
 */
export function createPace(waker: Waker, longest: number) {
  const shortest = Math.min(10, longest);
  let next = longest;
  return {
    waker: {
      wake: () => {
        next = shortest;
        waker.wake();
      },
    },
    async pause(): Promise<void> {
      const milliseconds = next;
      next = Math.min(next * 2, longest);
      await waker.wait(milliseconds);
    },
  };
}
