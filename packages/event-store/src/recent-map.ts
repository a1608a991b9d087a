/** A map that forgets what was set longest ago, so that what a process remembers has an end. */
export interface RecentMap<V> {
  get(key: string): V | undefined;
  set(key: string, value: V): void;
  delete(key: string): void;
  clear(): void;
}

export function createRecentMap<V>(limit: number): RecentMap<V> {
  const kept = new Map<string, V>();
  return {
    get: (key) => kept.get(key),
    set(key, value) {
      kept.delete(key);
      kept.set(key, value);
      for (const oldest of kept.keys()) {
        if (kept.size <= limit) break;
        kept.delete(oldest);
      }
    },
    delete: (key) => void kept.delete(key),
    clear: () => kept.clear(),
  };
}
