/** Gives back the units of reservations that are over. */
import type { StockLine } from '@ecommercestack/contracts';
import type { Clock } from '@ecommercestack/kit';
import type { SubmitCommand } from '../../ports.ts';

export interface SweepOptions {
  /** Reservations that were over at that time, the oldest first. */
  readonly findOverdue: (
    now: Date,
    limit: number,
  ) => Promise<readonly { readonly orderId: string; readonly lines: readonly StockLine[] }[]>;
  readonly submit: SubmitCommand;
  readonly clock: Clock;
}

const pageSize = 500;

/**
 * One round over everything that is over now. What several processes find at once is decided once: to the others
 * the command is a repeat.
 */
export function sweepReservations({ findOverdue, submit, clock }: SweepOptions) {
  return async (stopping: AbortSignal): Promise<void> => {
    while (!stopping.aborted) {
      const at = clock.now();
      const overdue = await findOverdue(at, pageSize);
      await Promise.all(overdue.map((found) => submit({ command: { kind: 'expire', ...found, at } })));
      if (overdue.length < pageSize) return;
    }
  };
}
