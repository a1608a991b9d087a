/** Hears what replicas tell each other through Redis. */
import { cacheChange } from '@ecommercestack/contracts';
import type { CacheChange } from '@ecommercestack/contracts';
import type { Logger } from '@ecommercestack/kit';
import type { Redis } from './client.ts';

/** A text that is no change is reported and left. A connection that breaks subscribes again when it is back. */
export async function subscribeToChanges(
  redis: Redis,
  onChange: (change: CacheChange) => void,
  { logger, channel }: { readonly logger: Logger; readonly channel: string },
): Promise<void> {
  await redis.subscribe(channel, (text) => {
    const change = parse(text);
    if (change === undefined) logger.warn({ channel }, 'heard something that is no change of a cache');
    else onChange(change);
  });
}

function parse(text: string): CacheChange | undefined {
  try {
    return cacheChange.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}
