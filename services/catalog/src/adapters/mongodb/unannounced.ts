import type { Collections } from './database.ts';

/** How much waits to be announced. Counts index entries of what waits only. */
export async function readUnannounced(
  { events }: Pick<Collections, 'events'>,
  now: Date,
): Promise<{ readonly count: number; readonly oldestAgeSeconds: number }> {
  const waiting = { unannounced: { $exists: true } };
  const [count, [oldest]] = await Promise.all([
    events.countDocuments(waiting),
    events
      .find(waiting, { projection: { unannounced: 1 } })
      .sort({ unannounced: 1, version: 1 })
      .limit(1)
      .toArray(),
  ]);
  const since = oldest?.unannounced?.getTime() ?? now.getTime();
  return { count, oldestAgeSeconds: Math.max(0, (now.getTime() - since) / 1_000) };
}
