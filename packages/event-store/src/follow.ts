/** Events as they are committed, for as long as the reader wants them. */
import { createMicroBatch } from './micro-batch.ts';
import { readHead, readLog, readStreams, type Queryable } from './read-events.ts';
import type { StreamWatch } from './stream-watch.ts';
import type { Commit, Cursor, Head, Positioned, Recorded } from './types.ts';
import type { Upcasters } from './upcast.ts';
import { createPace, createWaker } from './waker.ts';

/** A backstop only: the watch wakes a follower long before. */
const longestWaitMs = 60_000;
const pageSize = 500;

/** Reads what comes after a version of a stream. */
export type ReadAfter = (streamId: string, version: number) => Promise<readonly Recorded[]>;

/** Readers that ask at the same time share a query. */
export function createReadAfter(client: Queryable, upcasters: Upcasters): ReadAfter {
  const reads = createMicroBatch<
    { readonly streamId: string; readonly version: number },
    readonly Recorded[]
  >({
    maxBatch: 500,
    run: async (wanted) => {
      const from = new Map<string, number>();
      for (const { streamId, version } of wanted) {
        from.set(streamId, Math.min(version, from.get(streamId) ?? version));
      }
      const found = await readStreams(client, from, upcasters);
      return wanted.map(({ streamId, version }) =>
        (found.get(streamId) ?? []).filter((event) => event.version > version),
      );
    },
  });
  return (streamId, version) => reads.submit({ streamId, version });
}

/** All events of one stream after a version, in order and without gaps, until the signal aborts. */
export async function* followStream(
  source: { readonly readAfter: ReadAfter; readonly watch: StreamWatch },
  streamId: string,
  afterVersion: number,
  signal: AbortSignal,
): AsyncGenerator<Recorded, void, undefined> {
  const { readAfter, watch } = source;
  const waker = createWaker(signal);
  let version = afterVersion;
  let offered: Recorded[] = [];
  const offer = (events: readonly Recorded[]) => {
    offered.push(...events);
    waker.wake();
  };
  /** What comes next: out of memory where this process has just committed it, else out of the store. */
  async function next(): Promise<readonly Recorded[]> {
    const fresh = offered.filter((event) => event.version > version);
    offered = [];
    // Two transactions may announce themselves in another order than they committed in.
    const unbroken = fresh.every((event, index) => event.version === version + 1 + index);
    if (fresh.length > 0 && unbroken) return fresh;
    return await readAfter(streamId, version);
  }
  const unwatch = watch.add({ streamId, version: () => version, wake: waker.wake, offer });
  try {
    while (!signal.aborted) {
      for (const event of await next()) {
        if (signal.aborted) return;
        version = event.version;
        yield event;
      }
      if (offered.length === 0) await waker.wait(longestWaitMs);
    }
  } finally {
    unwatch();
  }
}

export interface FollowAllOptions {
  readonly signal: AbortSignal;
  /** Default: the end of the log when the iteration begins. */
  readonly after?: Cursor | Head;
  readonly types?: readonly string[];
  readonly streamPrefix?: string;
}

/** Events of all streams in the order of the log. One reader: each has its own cursor and its own poll. */
export async function* followLog(
  source: {
    readonly client: Queryable;
    readonly upcasters: Upcasters;
    readonly pollMs: number;
    readonly onCommit: (listener: (commit: Commit) => void) => () => void;
  },
  { signal, after, types, streamPrefix = '' }: FollowAllOptions,
): AsyncGenerator<Positioned, void, undefined> {
  const pace = createPace(createWaker(signal), source.pollMs);
  const stopListening = source.onCommit(pace.waker.wake);
  try {
    const start = after ?? (await readHead(source.client));
    const { snapshot: seen }: Partial<Head> = start;
    let cursor: Cursor = start;
    while (!signal.aborted) {
      const page = await readLog(source.client, cursor, pageSize, source.upcasters, seen);
      for (const event of page) {
        if (signal.aborted) return;
        cursor = event.position;
        if (!event.streamId.startsWith(streamPrefix)) continue;
        if (types === undefined || types.includes(event.type)) yield event;
      }
      if (page.length < pageSize) await pace.pause();
    }
  } finally {
    stopListening();
  }
}
