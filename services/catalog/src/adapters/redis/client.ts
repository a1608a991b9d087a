/** A connection to Redis that never makes anybody wait for it: without one, a command fails at once. */
import { createClient } from '@redis/client';
import type { Logger } from '@ecommercestack/kit';
import { scripts } from './scripts.ts';

const CONNECT_MS = 2_000;
const MAX_PAUSE_MS = 1_000;

export type Redis = ReturnType<typeof createRedis>;

/** Not connected yet. */
export function createRedis(url: string, name: string, logger: Logger) {
  const client = createClient({
    url,
    name,
    RESP: 3,
    scripts,
    disableOfflineQueue: true,
    maintNotifications: 'disabled',
    socket: {
      connectTimeout: CONNECT_MS,
      reconnectStrategy: (retries) => Math.min(MAX_PAUSE_MS, 50 * 2 ** Math.min(retries, 5)),
    },
  });
  // Every attempt to connect again ends here; what it means for the service is told by the cache.
  client.on('error', (error: unknown) => logger.debug({ error }, 'no connection to Redis'));
  return client;
}
