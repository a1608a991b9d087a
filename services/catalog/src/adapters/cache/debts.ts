/** What the shared cache could not be told. As long as there is any, what it holds may be stale. */
import { within } from '@ecommercestack/kit';
import type { SharedCache, SharedValue } from './shared-cache.ts';

interface Debt {
  readonly value: SharedValue;
  readonly since: number;
}

/** Values that are remembered; with more, all that is shared is forgotten instead. */
const MAX_OWED = 10_000;
const LIMIT_MS = 60_000;

export function createDebts(cache: Pick<SharedCache, 'write' | 'purge'>, now: () => number) {
  const owed = new Map<string, Debt>();
  let owesAll = false;

  /** Values are kept, not only their versions: written, they hinder loads from before from bringing older ones. */
  const aged = ({ value, since }: Debt): SharedValue => {
    const age = now() - since;
    return { ...value, freshMs: value.freshMs - age, usableMs: value.usableMs - age };
  };

  const payOnce = async (): Promise<void> => {
    const [forgets, due] = [owesAll, new Map(owed)];
    owesAll = false;
    owed.clear();
    try {
      if (forgets) await within(LIMIT_MS, cache.purge('*'));
      await within(LIMIT_MS, cache.write(new Map([...due].map(([key, debt]) => [key, aged(debt)]))));
    } catch (error) {
      owesAll ||= forgets;
      for (const [key, debt] of due) if (!owed.has(key)) owed.set(key, debt);
      throw error;
    }
  };

  return {
    owe(values: ReadonlyMap<string, SharedValue>): void {
      for (const [key, value] of values) {
        if ((owed.get(key)?.value.version ?? -1) <= value.version) owed.set(key, { value, since: now() });
      }
      if (owed.size <= MAX_OWED) return;
      owed.clear();
      owesAll = true;
    },
    /** Until nothing is owed: more may come while some is being told. Rejects where it cannot be. */
    async pay(): Promise<void> {
      while (owesAll || owed.size > 0) await payOnce();
    },
  };
}
