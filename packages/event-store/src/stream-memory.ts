/** Whole streams that this process has read or written of late, so that the next decision on them needs no query. */
import { createRecentMap } from './recent-map.ts';
import type { Recorded } from './types.ts';

/** What it holds was once committed, so that it is never wrong, merely old. */
export interface StreamMemory {
  get(streamId: string): readonly Recorded[] | undefined;
  /** A whole stream that is there, as it was read. */
  keep(streamId: string, events: readonly Recorded[]): void;
  /** What a transaction has committed: goes on where the memory ends, or takes its place. */
  extend(events: readonly Recorded[]): void;
  forget(): void;
}

const mostStreams = 2_000;
/** A longer stream costs more memory than reading it costs time. */
const longestStream = 32;

export function createStreamMemory(): StreamMemory {
  const kept = createRecentMap<readonly Recorded[]>(mostStreams);

  function keep(streamId: string, events: readonly Recorded[]): void {
    if (events.length === 0 || events.length > longestStream) kept.delete(streamId);
    else kept.set(streamId, events);
  }

  return {
    get: (streamId) => kept.get(streamId),
    keep,
    extend(events) {
      for (const [streamId, added] of Map.groupBy(events, (event) => event.streamId)) {
        const before = kept.get(streamId) ?? [];
        // Two transactions may announce themselves in another order than they committed in.
        const fits = added[0]?.version === before.length + 1;
        keep(streamId, fits ? [...before, ...added] : []);
      }
    },
    forget: () => kept.clear(),
  };
}
