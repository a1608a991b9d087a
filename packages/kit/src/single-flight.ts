/**
 * Shares one running load among all who ask for the same key meanwhile. Nothing is kept afterwards, a
 * failure reaches every waiter, and the next caller loads again.
 */
export function createSingleFlight<V>(): (key: string, load: () => Promise<V>) => Promise<V> {
  const running = new Map<string, Promise<V>>();
  return (key, load) => {
    const shared = running.get(key);
    if (shared !== undefined) return shared;
    const started = (async () => {
      try {
        return await load();
      } finally {
        running.delete(key);
      }
    })();
    running.set(key, started);
    return started;
  };
}
