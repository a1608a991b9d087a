/** Hears from the catalog, through the server that its replicas share, which answers are not to be kept. */
import { cacheChange, cacheChangesChannel } from '@ecommercestack/contracts';
import type { CacheChange } from '@ecommercestack/contracts';
import { createKeepAlive, createSequence } from '@ecommercestack/kit';
import type { Logger, Part } from '@ecommercestack/kit';
import { createClient } from '@redis/client';

/**
 * Connects by and by, and again when the connection breaks; nothing waits for it. While it is broken, answers live as
 * long as their headers say. `onGap` is called after each break: what was told meanwhile is not known.
 */
export function followRedis(options: {
  readonly url: string;
  readonly namespace: string;
  readonly logger: Logger;
  readonly onChange: (change: CacheChange) => void;
  readonly onGap: () => void;
}): Part & { isFollowing(): boolean } {
  const { url, namespace, logger, onChange, onGap } = options;
  const client = createClient({ url, name: 'gateway', RESP: 3, maintNotifications: 'disabled' });
  client.on('error', (error: unknown) => logger.debug({ error }, 'no connection to Redis'));
  client.on('ready', onGap);
  const follow = async (): Promise<void> => {
    await client.connect();
    await client.subscribe(cacheChangesChannel(namespace), (text) => {
      const change = parse(text);
      if (change === undefined) logger.warn({ text }, 'heard something that is no change of a cache');
      else onChange(change);
    });
  };
  return {
    ...createSequence([
      {
        start: () => {
          follow().catch((error: unknown) => logger.warn({ error }, 'changes of products are not heard'));
        },
        stop: () => client.destroy(),
      },
      createKeepAlive({ connection: client, logger }),
    ]),
    isFollowing: () => client.isReady,
  };
}

function parse(text: string): CacheChange | undefined {
  try {
    return cacheChange.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}
