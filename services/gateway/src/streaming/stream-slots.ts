/** How many event streams may be open: per caller, and in this process. */
import type { ProblemCode } from '@ecommercestack/contracts';

export interface StreamSlots {
  /** The function gives the slot back; a code says why there is none. */
  open(caller: string): (() => void) | Extract<ProblemCode, 'too-many-streams' | 'overloaded'>;
}

export function createStreamSlots(limits: {
  readonly perCaller: number;
  readonly total: number;
}): StreamSlots {
  const open = new Map<string, number>();
  let total = 0;
  return {
    open(caller) {
      const before = open.get(caller) ?? 0;
      if (before >= limits.perCaller) return 'too-many-streams';
      if (total >= limits.total) return 'overloaded';
      open.set(caller, before + 1);
      total += 1;
      let held = true;
      return () => {
        if (!held) return;
        held = false;
        total -= 1;
        const now = (open.get(caller) ?? 1) - 1;
        if (now === 0) open.delete(caller);
        else open.set(caller, now);
      };
    },
  };
}
