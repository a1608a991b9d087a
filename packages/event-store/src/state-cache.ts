/** States of long streams, so that a busy stream is not folded from its beginning each time. */
import { createRecentMap } from './recent-map.ts';

/** A state, and the version of the last event in it. */
export interface Folded<S> {
  readonly state: S;
  readonly version: number;
}

export interface StateCache<S> {
  readonly get: (streamId: string) => Folded<S> | undefined;
  /** For states of committed events only: streams only grow, so such a state is never wrong, merely old. */
  readonly set: (streamId: string, folded: Folded<S>) => void;
}

/** Shorter streams are folded as fast as they are found. */
const shortestKept = 32;

/** Keeps at most `limit` streams and drops the least recently used. */
export function createStateCache<S>(limit: number): StateCache<S> {
  const kept = createRecentMap<Folded<S>>(limit);
  return {
    get: (streamId) => kept.get(streamId),
    set(streamId, folded) {
      if (folded.version >= shortestKept) kept.set(streamId, folded);
    },
  };
}
