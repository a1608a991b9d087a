/** Keeps the stock shown beside products up with what the inventory announces. */
import { stockLevelChanged } from '@ecommercestack/contracts';
import { createMicroBatch } from '@ecommercestack/event-store';
import type { Delivery, Subscription } from '@ecommercestack/kit';
import type { StockLevel } from '../../domain/announcement.ts';
import type { StockWriter } from './ports.ts';

export interface FollowStock {
  readonly subscription: Subscription;
  drain(): Promise<void>;
}

/** `followed` is told after the index holds the levels. */
export function createFollowStock(
  index: StockWriter,
  followed: (levels: readonly StockLevel[]) => void,
): FollowStock {
  const batch = createMicroBatch<StockLevel, Delivery>({
    maxBatch: 1_000,
    run: async (levels) => {
      const changed = await index.applyStock(levels);
      followed(levels);
      return levels.map(({ sku }) => (changed.has(sku) ? { kind: 'ack' } : { kind: 'ack', as: 'duplicate' }));
    },
  });

  const handle: Subscription['handle'] = async ({ type, data }) => {
    if (type !== stockLevelChanged.type) return { kind: 'drop', reason: `not a stock level: ${type}` };
    const parsed = stockLevelChanged.schema.safeParse(data);
    return parsed.success
      ? batch.submit(parsed.data)
      : { kind: 'drop', reason: `not a stock level: ${parsed.error.message}` };
  };

  return {
    subscription: { topic: stockLevelChanged.topic, consumer: 'catalog', handle },
    drain: () => batch.drain(),
  };
}
