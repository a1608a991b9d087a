/** The parts that make up a running service, in the order in which they need each other. */

/** What is started and stopped with the service; promises are awaited. */
export interface Part {
  readonly start?: () => unknown;
  /** Also called where the start failed, or never came to this part. */
  readonly stop?: () => unknown;
}

export interface Sequence {
  start(): Promise<void>;
  /** A part that fails to stop does not keep the others from it; the failure is thrown when all have been asked. */
  stop(): Promise<void>;
}

/** Starts the parts in order and stops them in reverse. A start that fails stops all of them, and throws. */
export function createSequence(parts: readonly Part[]): Sequence {
  const undo = new AsyncDisposableStack();
  for (const { stop } of parts) undo.defer(async () => void (await stop?.()));
  return {
    async start() {
      await using unlessStarted = new AsyncDisposableStack();
      unlessStarted.use(undo);
      for (const { start } of parts) await start?.();
      unlessStarted.move();
    },
    stop: () => undo.disposeAsync(),
  };
}

/** `begin` returns the way to end what it began. */
export function whileRunning(begin: () => () => unknown): Part {
  let end = (): unknown => undefined;
  return {
    start: () => {
      end = begin();
    },
    stop: () => end(),
  };
}
