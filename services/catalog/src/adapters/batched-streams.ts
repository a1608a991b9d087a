/** Edits at the same time, as those of an import, share what they ask of a database. */
import { activeTraceparent, createMicroBatch } from '@ecommercestack/event-store';
import { absent } from '../domain/product.ts';
import type { KnownProduct, ProductEvent, ProductState } from '../domain/product.ts';
import type { ProductStreams } from '../features/edit-product/product-streams.ts';

/** One append as the port has it, with the trace of the request that asked for it. */
export interface Append {
  readonly sku: string;
  readonly state: ProductState;
  readonly event: ProductEvent;
  readonly actor: string;
  readonly traceparent: string | undefined;
}

/** Of one append among others; an error where nobody knows whether it was written. */
export type Appended = KnownProduct | 'conflict' | Error;

export interface StreamBatches {
  /** What has been committed; products without events may be left out. */
  load(skus: readonly string[]): Promise<ReadonlyMap<string, ProductState>>;
  /** One outcome per append, in order: of several for one product and version at most one succeeds. Throws where none did. */
  append(appends: readonly Append[]): Promise<readonly Appended[]>;
}

/** No larger than an import sends at once: locks are held as long as the slowest of a batch takes. */
const MOST = 200;

/** `isDivisible`: nothing was written, and one append alone may be to blame. */
export function batchedStreams(
  batches: StreamBatches,
  { isDivisible = () => false }: { readonly isDivisible?: (error: unknown) => boolean } = {},
): ProductStreams {
  const loads = createMicroBatch<string, ProductState>({
    maxBatch: MOST,
    isDivisible: () => false,
    run: async (skus) => {
      const states = await batches.load([...new Set(skus)]);
      return skus.map((sku) => states.get(sku) ?? absent);
    },
  });
  const appends = createMicroBatch<Append, Appended>({
    maxBatch: MOST,
    isDivisible,
    run: (items) => batches.append(items),
  });
  return {
    load: (sku) => loads.submit(sku),
    async append(sku, state, event, { actor }) {
      const traceparent = activeTraceparent();
      const outcome = await appends.submit({ sku, state, event, actor, traceparent });
      if (outcome instanceof Error) throw outcome;
      return outcome;
    },
  };
}
