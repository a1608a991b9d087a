import type { inventoryMethods, StockLevel } from '@ecommercestack/contracts';
import type { Handlers, StreamEvent } from '@ecommercestack/kit';
import type { StockFeed } from './stock-feed.ts';

/** Events `stock-level`, from now on. A client that was away reads the stocks again, then watches. */
export function watchStock(feed: StockFeed): Handlers<typeof inventoryMethods>['watch-stock'] {
  return async ({ skus }, { signal }) => ({ ok: true, value: toEvents(await feed.watch(skus, signal)) });
}

async function* toEvents(levels: AsyncIterable<StockLevel>): AsyncGenerator<StreamEvent> {
  for await (const level of levels) yield { event: 'stock-level', data: level };
}
