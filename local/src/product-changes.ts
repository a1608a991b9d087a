/** Tells the gateway which products have changed. In one process it hears of them where everybody does: on the bus. */
import { catalogEvents } from '@ecommercestack/contracts';
import type { CacheChange } from '@ecommercestack/contracts';
import type { Message, Subscription } from '@ecommercestack/kit';

export function changesFor(gateway: { cacheChanged(change: CacheChange): void }): Subscription {
  return {
    topic: catalogEvents.productUpdated.topic,
    consumer: 'gateway',
    handle: async (message) => {
      const change = changeOf(message);
      // What is no event of the catalog is a dead letter already: the catalog reads the same topic.
      if (change === undefined) return { kind: 'ack', as: 'refused' };
      gateway.cacheChanged(change);
      return { kind: 'ack' };
    },
  };
}

/** Which generation begins is nobody's business here: that one begins is. */
function changeOf({ type, data }: Message): CacheChange | undefined {
  const { productCreated, productUpdated, productDeleted } = catalogEvents;
  if (type === productDeleted.type) {
    const { success, data: deleted } = productDeleted.schema.safeParse(data);
    return success ? { products: [[deleted.sku, deleted.version]], generation: 0 } : undefined;
  }
  if (type !== productCreated.type && type !== productUpdated.type) return undefined;
  const { success, data: changed } = productUpdated.schema.safeParse(data);
  return success ? { products: [[changed.product.sku, changed.product.version]], generation: 0 } : undefined;
}
