/** What fills the search index: the projector, event by event, and a rebuild. */
import type { Message } from '@ecommercestack/kit';
import { measured, type Sample } from '../measure.ts';
import { startCatalog } from './platform.ts';
import { productAt, skuAt } from './products.ts';

export interface ProjectorOptions {
  readonly env: Readonly<Record<string, string>>;
  readonly events: number;
  readonly concurrency: number;
  /** Of the products: the index holds older ones. */
  readonly version: number;
}

/** So many messages in flight, each handed over when one before it is done, as a broker does it. */
export async function benchProjector({
  env,
  events,
  concurrency,
  version,
}: ProjectorOptions): Promise<Sample> {
  const { app } = await startCatalog(env);
  const subscription = app.subscriptions.find(({ topic }) => topic === 'catalog.events');
  if (subscription === undefined) throw new Error('the catalog does not read its own events');
  try {
    return await measured(process.pid, async (latencies) => {
      let next = 0;
      await Promise.all(
        Array.from({ length: concurrency }, async () => {
          while (next < events) {
            const begun = performance.now();
            const { kind } = await subscription.handle(messageAt(next++, version));
            if (kind !== 'ack') throw new Error(`an event was not handled: ${kind}`);
            latencies.push(performance.now() - begun);
          }
        }),
      );
    });
  } finally {
    await app.stop();
  }
}

function messageAt(n: number, version: number): Message {
  const key = skuAt(n);
  return {
    id: `${key}-${version}`,
    topic: 'catalog.events',
    key,
    type: version === 1 ? 'product-created' : 'product-updated',
    time: new Date().toISOString(),
    source: 'catalog',
    data: { product: productAt(n, version) },
  };
}

/** Seconds. */
export async function benchRebuild(env: Readonly<Record<string, string>>): Promise<number> {
  const { app } = await startCatalog(env);
  try {
    const started = performance.now();
    await app.rebuildIndex();
    return (performance.now() - started) / 1_000;
  } finally {
    await app.stop();
  }
}
