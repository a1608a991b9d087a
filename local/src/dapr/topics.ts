/** The topics of a new Kafka. */
import { readdir } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { messageContracts } from '@ecommercestack/contracts';
import type { Logger } from '@ecommercestack/kit';

const LIMIT_MS = 60_000;
const LOOK_AGAIN_MS = 200;

/**
 * Waits until the broker has made what its readers asked for. Whoever publishes before that meets the breaker inside
 * of the sidecar's client, and waits ten seconds for each topic instead. After a minute the start goes on all the
 * same: the outboxes keep what cannot be published. `data` is the broker's own folder, with one for each partition.
 */
export async function untilTopicsExist(data: string, logger: Logger): Promise<void> {
  const topics = new Set(messageContracts.map(({ topic }) => topic));
  const deadline = performance.now() + LIMIT_MS;
  for (;;) {
    const partitions = new Set(await readdir(data));
    const missing = [...topics].filter((topic) => !partitions.has(`${topic}-0`));
    if (missing.length === 0) return;
    if (performance.now() > deadline) {
      logger.warn({ missing, data }, 'the broker has not made all topics yet');
      return;
    }
    await pause(LOOK_AGAIN_MS);
  }
}
