/**
 * Drives payments that wait for the provider: makes the call after the commit that asked for it, records what came
 * of it, and, where a timer finds a payment unsettled, asks the provider before anything is sent again.
 */
import type { PaymentDecision } from '../../domain/decide.ts';
import type { CallLimit } from './ports.ts';
import type { Steps } from './steps.ts';

export interface SettlePayment {
  /** Starts the call that a committed decision asks for. Does not wait; the timer covers what fails. */
  start(orderId: string, decision: PaymentDecision, token?: string): void;
  /** The payment's timer is due. Resolves when the timer has been set again or is no longer needed. */
  resume(orderId: string, attempt: number): Promise<void>;
  /** Resolves when no call is under way. */
  drain(): Promise<void>;
}

export interface SettleOptions {
  readonly steps: Steps;
  readonly limit: CallLimit;
  readonly now: () => Date;
  readonly resolveAfterMs: number;
  readonly onError: (error: unknown, orderId: string) => void;
}

/** Calls waiting for a free place; those beyond it are left to their timers. */
const maxWaiting = 10_000;

export function createSettlePayment({
  steps,
  limit,
  now,
  resolveAfterMs,
  onError,
}: SettleOptions): SettlePayment {
  const active = new Map<string, Promise<void>>();

  /** One step at a time per payment of this process: an answer that is awaited is not asked for. */
  function inTurn(orderId: string, step: () => Promise<void>): Promise<void> {
    const before = active.get(orderId) ?? Promise.resolve();
    const turn = before
      .then(() => limit.run(step))
      .finally(() => {
        if (active.get(orderId) === settled) active.delete(orderId);
      });
    // The next in turn has its own errors to report, not those of this one.
    const settled = turn.catch(() => undefined);
    active.set(orderId, settled);
    return turn;
  }

  return {
    start(orderId, decision, token) {
      if (decision.call === undefined || limit.size >= maxWaiting) return;
      inTurn(orderId, () => steps.follow(orderId, decision, 0, token)).catch((error: unknown) =>
        onError(error, orderId),
      );
    },
    async resume(orderId, attempt) {
      if (active.has(orderId)) {
        await steps.wait(orderId, attempt, new Date(now().getTime() + resolveAfterMs), 'under-way');
      } else {
        await inTurn(orderId, () => steps.look(orderId, attempt));
      }
    },
    async drain() {
      while (active.size > 0) await Promise.all(active.values());
    },
  };
}
