/** A loop that works, waits to be woken, and is stopped by its owner. */
import { createWaker } from './waker.ts';

export interface Background {
  readonly start: () => void;
  readonly wake: () => void;
  /** Resolves when the round that runs has ended. */
  readonly stop: () => Promise<void>;
}

/** `round` returns how long to wait, in milliseconds. After a failure the next round waits `retryMs`. */
export function createBackground(options: {
  readonly round: () => Promise<number>;
  readonly retryMs: number;
  readonly reportError: (error: unknown) => void;
}): Background {
  const waker = createWaker();
  let state: { readonly kind: 'stopped' } | { readonly kind: 'running'; readonly ended: Promise<void> } = {
    kind: 'stopped',
  };
  let stopping = false;

  async function work(): Promise<void> {
    while (!stopping) {
      let wait = options.retryMs;
      try {
        wait = await options.round();
      } catch (error) {
        options.reportError(error);
      }
      if (!stopping) await waker.wait(wait);
    }
  }

  return {
    start() {
      if (state.kind === 'running') throw new Error('already started');
      stopping = false;
      state = { kind: 'running', ended: work() };
    },
    wake: waker.wake,
    async stop() {
      if (state.kind === 'stopped') return;
      stopping = true;
      waker.wake();
      await state.ended;
      state = { kind: 'stopped' };
    },
  };
}
