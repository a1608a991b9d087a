/** A map that forgets what was set longest ago, so that what a process remembers has an end. */
export interface RecentMap<V> {
  get(key: string): V | undefined;
  set(key: string, value: V): void;
  delete(key: string): void;
  clear(): void;
}

/** Holds an eighth more at times: finding the oldest costs a walk over those deleted before, so several go at once. */
export function createRecentMap<V>(limit: number): RecentMap<V> {
  const most = limit + Math.floor(limit / 8);
  const kept = new Map<string, V>();
  return {
    get: (key) => kept.get(key),
    set(key, value) {
      kept.delete(key);
      kept.set(key, value);
      if (kept.size <= most) return;
      for (const oldest of kept.keys()) {
        if (kept.size <= limit) break;
        kept.delete(oldest);
      }
    },
    delete: (key) => void kept.delete(key),
    clear: () => kept.clear(),
  };
}
