import type { Logger } from '@ecommercestack/kit';
import type { KnownProduct } from '../../domain/product.ts';
import type { IndexCheck } from './check-index.ts';
import { repeat } from './repeat.ts';
import type { Repetition } from './repeat.ts';

export interface KeepCheckedOptions {
  /** Between two pages. */
  readonly intervalMs: number;
  /** Told of products that the index had missed, once it holds them. */
  readonly mended: (states: readonly KnownProduct[]) => void;
  readonly logger: Logger;
}

/** Walks through the catalog in the background, round after round. */
export function keepIndexChecked(
  check: IndexCheck,
  { intervalMs, mended, logger }: KeepCheckedOptions,
): Repetition {
  const step = async (signal: AbortSignal): Promise<void> => {
    const states = await check.step(signal);
    if (states.length === 0) return;
    mended(states);
    logger.warn({ documents: states.length }, 'the search index had missed changes, and holds them now');
  };
  return repeat(step, intervalMs, (error) => logger.warn({ error }, 'the search index could not be checked'));
}
