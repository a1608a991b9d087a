/** Serves the followers of single streams: commits of this process at once, others by one poll for all of them. */
import type { Queryable } from './read-events.ts';
import type { Commit, Recorded } from './types.ts';

export interface Follower {
  readonly streamId: string;
  /** The last version the follower has seen. */
  readonly version: () => number;
  /** There are newer events in the store. */
  readonly wake: () => void;
  /** These have just been committed by this process. */
  readonly offer: (events: readonly Recorded[]) => void;
}

export interface StreamWatch {
  /** Returns the way to stop. */
  add(follower: Follower): () => void;
  committed(commit: Commit): void;
}

export function createStreamWatch(
  client: Queryable,
  pollMs: number,
  reportError: (error: unknown) => void,
): StreamWatch {
  const followers = new Map<string, Set<Follower>>();
  let timer: NodeJS.Timeout | undefined;
  let isAsking = false;

  async function wakeThoseBehind(): Promise<void> {
    const all = [...followers.values()].flatMap((each) => [...each]);
    const { rows } = await client.query<{ index: number }>({
      name: 'event-store:streams-behind',
      text: `SELECT (index - 1)::integer AS index
        FROM unnest($1::text[], $2::integer[]) WITH ORDINALITY AS follower(id, version, index)
        CROSS JOIN LATERAL (
          SELECT FROM events WHERE stream_id = follower.id AND events.version > follower.version
          ORDER BY events.version LIMIT 1) AS newer`,
      values: [all.map((each) => each.streamId), all.map((each) => each.version())],
    });
    for (const { index } of rows) all[index]?.wake();
  }

  /** The next poll, unless it is planned already or will be when the present one has ended. */
  function schedule(): void {
    if (timer !== undefined || isAsking) return;
    timer = setTimeout(() => {
      timer = undefined;
      isAsking = true;
      wakeThoseBehind()
        .catch(reportError)
        .finally(() => {
          isAsking = false;
          if (followers.size > 0) schedule();
        });
    }, pollMs);
  }

  return {
    add(follower) {
      const same = followers.get(follower.streamId) ?? new Set();
      followers.set(follower.streamId, same.add(follower));
      schedule();
      return () => {
        same.delete(follower);
        if (same.size === 0 && followers.get(follower.streamId) === same) followers.delete(follower.streamId);
        if (followers.size === 0) {
          clearTimeout(timer);
          timer = undefined;
        }
      };
    },
    committed({ events }) {
      if (followers.size === 0) return;
      for (const [streamId, committed] of Map.groupBy(events, (event) => event.streamId)) {
        for (const follower of followers.get(streamId) ?? []) follower.offer(committed);
      }
    },
  };
}
