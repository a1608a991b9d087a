import { createRepeated } from '@ecommercestack/kit';
import type { Logger, Repeated } from '@ecommercestack/kit';
import type { KnownProduct } from '../../domain/product.ts';
import type { IndexCheck } from './check-index.ts';

export interface KeepCheckedOptions {
  /** Between two pages. */
  readonly intervalMs: number;
  /** Told of products that the index had missed, once it holds them. */
  readonly mended: (states: readonly KnownProduct[]) => Promise<void>;
  readonly logger: Logger;
}

/** Walks through the catalog in the background, round after round. */
export function keepIndexChecked(
  check: IndexCheck,
  { intervalMs, mended, logger }: KeepCheckedOptions,
): Repeated {
  const step = async (signal: AbortSignal): Promise<void> => {
    const { behind, orphans } = await check.step(signal);
    if (behind.length > 0) {
      await mended(behind);
      logger.warn({ documents: behind.length }, 'the search index had missed changes, and holds them now');
    }
    if (orphans.length > 0) {
      logger.warn(
        { documents: orphans.length, first: orphans[0] },
        'the search index holds products that were never written: rebuild it (npm run catalog:rebuild)',
      );
    }
  };
  return createRepeated({
    work: step,
    pauseMs: intervalMs,
    onError: (error) => logger.warn({ error }, 'the search index could not be checked'),
  });
}
