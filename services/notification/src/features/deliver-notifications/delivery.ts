/** One attempt to deliver one notification. */
import { within } from '@ecommercestack/kit';
import type { Logger } from '@ecommercestack/kit';
import type { Occasion } from '../../notification.ts';
import { notificationId } from '../../notification.ts';
import type { Channel } from '@ecommercestack/contracts';
import type { DeliveryOutcome, MessageChannel } from '../../ports.ts';
import { createMoneyFormat } from './money.ts';
import { render } from './render.ts';

/** A notification that this process has begun to send. */
export interface Attempt extends Occasion {
  readonly channel: Channel;
  readonly address: string;
  /** From 1. */
  readonly attempt: number;
}

export type AttemptResult =
  | { readonly kind: 'sent' }
  /** Tried again after the pause. */
  | { readonly kind: 'postponed'; readonly reason: string; readonly pauseMs: number }
  | { readonly kind: 'failed'; readonly reason: string };

export interface RetryPolicy {
  readonly maxAttempts: number;
  readonly baseMs: number;
  readonly maxMs: number;
}

export interface DeliverOptions {
  readonly channel: MessageChannel;
  readonly retry: RetryPolicy;
  readonly timeoutMs: number;
  readonly logger: Logger;
}

/**
 * An attempt after the first may follow one that was delivered and not recorded, so the channel is asked before
 * anything is sent again. A channel that cannot know (SMTP) delivers again: a second mail with the same Message-ID
 * is better than none.
 */
export function deliverWith({ channel, retry, timeoutMs, logger }: DeliverOptions) {
  const format = createMoneyFormat();
  const deliverOnce = async (
    attempt: Attempt,
    key: string,
    signal: AbortSignal,
  ): Promise<DeliveryOutcome> => {
    if (attempt.attempt > 1 && (await channel.lookup?.(key)) === true) return { kind: 'delivered' };
    const { orderId, customerId, address } = attempt;
    const text = render(attempt, attempt.channel, format);
    return channel.deliver(
      { orderId, customerId, channel: attempt.channel, to: address, ...text },
      key,
      signal,
    );
  };
  return async (attempt: Attempt): Promise<AttemptResult> => {
    const key = notificationId(attempt, attempt.channel);
    try {
      const outcome = await withTimeout((signal) => deliverOnce(attempt, key, signal), timeoutMs);
      return outcome.kind === 'delivered' ? { kind: 'sent' } : { kind: 'failed', reason: outcome.reason };
    } catch (error) {
      logger.warn(
        { error, notificationId: key, attempt: attempt.attempt },
        'a notification was not delivered',
      );
      const reason = 'the channel could not be reached';
      if (attempt.attempt >= retry.maxAttempts) return { kind: 'failed', reason };
      return { kind: 'postponed', reason, pauseMs: pauseAfter(attempt.attempt, retry) };
    }
  };
}

/** Milliseconds to wait after the given attempt has failed. */
export function pauseAfter(attempt: number, { baseMs, maxMs }: RetryPolicy): number {
  return Math.min(maxMs, baseMs * 2 ** Math.min(attempt - 1, 30));
}

async function withTimeout<T>(work: (signal: AbortSignal) => Promise<T>, timeoutMs: number): Promise<T> {
  const over = new AbortController();
  try {
    return await within(timeoutMs, work(over.signal));
  } catch (error) {
    over.abort();
    throw error;
  }
}
