/** How a replay of many letters goes on after each of them. Pure. */
import type { ReplayLimits, ReplayProgress } from '@ecommercestack/event-store';

export type Step =
  | { readonly status: 'running'; readonly progress: ReplayProgress }
  | { readonly status: 'stopped'; readonly progress: ReplayProgress; readonly stopReason: string };

/**
 * A batch is full when each of its letters has been replayed; the next one is twice as large. Too many failures in a
 * batch stop the replay at once: if the cause has not been mended, as few messages as possible find out.
 */
export function advance(
  before: ReplayProgress,
  letter: { readonly id: string; readonly failed: boolean },
  { maxBatch, maxFailureShare }: Pick<ReplayLimits, 'maxBatch' | 'maxFailureShare'>,
): Step {
  const { size } = before.batch;
  const done = before.batch.done + 1;
  const failed = before.batch.failed + Number(letter.failed);
  const isFull = done >= size;
  const isTooMany = failed > maxFailureShare * size;
  const progress: ReplayProgress = {
    after: letter.id,
    handled: before.handled + Number(!letter.failed),
    failed: before.failed + Number(letter.failed),
    batch:
      isFull && !isTooMany
        ? { size: Math.min(size * 2, maxBatch), done: 0, failed: 0 }
        : { size, done, failed },
  };
  if (!isTooMany) return { status: 'running', progress };
  return { status: 'stopped', progress, stopReason: `${failed} of a batch of ${size} failed again` };
}
