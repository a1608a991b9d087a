/** Time that passes only when a spec says so. */
import type { QueueClock } from '../queue.ts';

export interface VirtualClock extends QueueClock {
  /** Timers that are set. */
  readonly planned: number;
  /** Goes on to the next timer, if there is one, and lets it act. */
  next(): Promise<void>;
  /** Lets everything happen that happens now. */
  settle(): Promise<void>;
}

export function virtualClock(): VirtualClock {
  let now = 0;
  const timers = new Set<{ readonly at: number; readonly act: () => void }>();
  const settle = () => new Promise<void>((resolve) => void setImmediate(resolve));
  return {
    now: () => now,
    after: (ms, act) => {
      const timer = { at: now + ms, act };
      timers.add(timer);
      return () => timers.delete(timer);
    },
    get planned() {
      return timers.size;
    },
    next: async () => {
      const [first] = [...timers].toSorted((one, other) => one.at - other.at);
      if (first === undefined) return;
      timers.delete(first);
      now = first.at;
      first.act();
      await settle();
    },
    settle,
  };
}
