/** What a level of the cache gets from the one behind it. */
export interface Loaded<V> {
  readonly value: V;
  /** How long it stands for what the store holds, in milliseconds from when the load began. */
  readonly freshMs: number;
  /** How long it may be shown while the store cannot be asked; at least as long. */
  readonly usableMs: number;
}

/** A value for every key. */
export type Load<V> = (keys: readonly string[]) => Promise<ReadonlyMap<string, Loaded<V>>>;

/** How long values may be kept. Milliseconds. */
export interface Lifetimes {
  readonly freshMs: number;
  /** Of what says that there is nothing. */
  readonly negativeMs: number;
  /** How long after that an old value may stand in for a store that cannot be asked. */
  readonly staleMs: number;
}

/** Shortened by up to a fifth, so that what was loaded together does not expire together. */
export function jittered(ms: number, random: () => number): number {
  return ms * (0.8 + 0.2 * random());
}

/** Nothing is never shown in place of an answer of the store: it may have become something. */
export function lifetimeOf(version: number, { freshMs, negativeMs, staleMs }: Lifetimes) {
  return version === 0
    ? { freshMs: negativeMs, usableMs: negativeMs }
    : { freshMs, usableMs: freshMs + staleMs };
}

/** Loads without a level between: what comes is as fresh as can be. */
export function alone<V>(
  load: (keys: readonly string[]) => Promise<ReadonlyMap<string, V>>,
  versionOf: (value: V) => number,
  lifetimes: Lifetimes,
): Load<V> {
  return async (keys) => {
    const values = await load(keys);
    return new Map(
      [...values].map(([key, value]) => [key, { value, ...lifetimeOf(versionOf(value), lifetimes) }]),
    );
  };
}
