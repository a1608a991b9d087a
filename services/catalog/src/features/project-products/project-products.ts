/** Keeps the search index, and this process's caches, up with what the catalog announces. */
import { catalogEvents } from '@ecommercestack/contracts';
import type { CatalogEvent } from '@ecommercestack/contracts';
import { createMicroBatch } from '@ecommercestack/event-store';
import type { Delivery, Message, Subscription } from '@ecommercestack/kit';
import { stateAfter } from '../../domain/announcement.ts';
import { skuOf } from '../../domain/product.ts';
import type { KnownProduct } from '../../domain/product.ts';
import type { IndexWriter, ProductScan, RebuildOptions } from './ports.ts';

export interface ProjectionListener {
  /** Told after the index holds the states. */
  projected(states: readonly KnownProduct[]): Promise<void>;
  /** Told when the change that was announced at this time (RFC 3339) can be found. */
  searchable?(since: string): void;
}

export interface ProjectProducts {
  readonly subscription: Subscription;
  /** When the oldest message being applied was sent (RFC 3339); undefined when there is none. */
  oldestInHand(): string | undefined;
  drain(): Promise<void>;
}

/** Under load there is a second batch on its way: while the index works on one, the other is made or told of. */
const LANES = 2;
const FULL = 500;
const byWaiting = (a: { readonly waiting: number }, b: { readonly waiting: number }) => a.waiting - b.waiting;

/** Messages that arrive together are applied together. No inbox: versions make a repeat harmless, and order needless. */
export function createProjectProducts(
  index: Pick<IndexWriter, 'apply'>,
  listener: ProjectionListener,
): ProjectProducts {
  const inHand = new Set<Message>();
  const lanes = Array.from({ length: LANES }, () => ({
    waiting: 0,
    batch: createMicroBatch<KnownProduct, Delivery>({
      // In Elasticsearch each ends with a refresh, which costs as much as the documents of a small one.
      maxBatch: 1_000,
      run: async (states) => {
        await index.apply(states);
        await listener.projected(states);
        return states.map(() => ({ kind: 'ack' }) as const);
      },
    }),
  }));

  const apply = async (state: KnownProduct): Promise<Delivery> => {
    const lane = lanes.find(({ waiting }) => waiting < FULL) ?? lanes.toSorted(byWaiting)[0];
    if (lane === undefined) throw new Error('there is no lane');
    lane.waiting += 1;
    try {
      return await lane.batch.submit(state);
    } finally {
      lane.waiting -= 1;
    }
  };

  const handle = async (message: Message): Promise<Delivery> => {
    const announcement = parseAnnouncement(message);
    if (announcement === undefined) return { kind: 'drop', reason: `not a catalog event: ${message.type}` };
    inHand.add(message);
    try {
      const delivery = await apply(stateAfter(announcement));
      listener.searchable?.(message.time);
      return delivery;
    } finally {
      inHand.delete(message);
    }
  };

  return {
    subscription: { topic: catalogEvents.productCreated.topic, consumer: 'catalog', handle },
    oldestInHand: () => [...inHand].map(({ time }) => time).toSorted()[0],
    drain: async () => void (await Promise.all(lanes.map(({ batch }) => batch.drain()))),
  };
}

function parseAnnouncement({ type, data }: Message): CatalogEvent | undefined {
  for (const contract of Object.values(catalogEvents)) {
    if (contract.type !== type) continue;
    const parsed = contract.schema.safeParse(data);
    return parsed.success ? ({ type, data: parsed.data } as CatalogEvent) : undefined;
  }
  return undefined;
}

/** Fills the index anew from the write side, while it goes on being searched and kept up to date. */
export async function rebuildIndex(
  store: Pick<ProductScan, 'scan'>,
  index: IndexWriter,
  { pageSize = 500, ...options }: RebuildOptions & { readonly pageSize?: number } = {},
): Promise<void> {
  await index.rebuild((afterSku) => pagesOf(store, pageSize, afterSku), options);
}

async function* pagesOf(
  store: Pick<ProductScan, 'scan'>,
  pageSize: number,
  afterSku: string | undefined,
): AsyncGenerator<readonly KnownProduct[]> {
  for (let after = afterSku; ;) {
    const page = await store.scan(after, pageSize);
    const last = page.at(-1);
    if (last === undefined) return;
    yield page;
    after = skuOf(last);
  }
}
