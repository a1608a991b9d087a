import type { Clock, StateStore } from '../ports.ts';

interface Entry {
  readonly text: string;
  readonly etag: string;
  readonly expiresAt: number;
}

/** Counts the writes of a key from 1, and again from 1 once the key was deleted, as Redis does. */
export function memoryStateStore<T>(clock: Clock): StateStore<T> {
  const entries = new Map<string, Entry>();
  const alive = (key: string): Entry | undefined => {
    const entry = entries.get(key);
    return entry !== undefined && entry.expiresAt > clock.now().getTime() ? entry : undefined;
  };
  return {
    get: async (key) => {
      const entry = alive(key);
      return entry && { value: JSON.parse(entry.text) as T, etag: entry.etag };
    },
    put: async (key, value, { etag, ttlSeconds = Infinity }) => {
      const before = alive(key);
      if (before?.etag !== etag) return 'conflict';
      const expiresAt = clock.now().getTime() + ttlSeconds * 1_000;
      const writes = Number(before?.etag ?? 0) + 1;
      entries.set(key, { text: JSON.stringify(value), etag: String(writes), expiresAt });
      return 'saved';
    },
    delete: async (key, etag) => {
      if (etag !== undefined && alive(key)?.etag !== etag) return 'conflict';
      entries.delete(key);
      return 'deleted';
    },
  };
}
