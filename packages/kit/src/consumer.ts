/** What becomes of one message at one consumer, whatever carried it here: handled, tried again, or set aside. */
import { backoffMs, sleep } from './backoff.ts';
import type { Backoff } from './backoff.ts';
import type { Metrics } from './kit-metrics.ts';
import type { Logger } from './logger.ts';
import type { Clock, Delivery, Message, Subscription } from './ports.ts';
import { withRemoteParent } from './telemetry.ts';

/** Stores a message that its consumer could not handle. A throw is retried for ever. */
export type OnDeadLetter = (
  subscription: Subscription,
  message: Message,
  reason: string,
  attempts: number,
) => Promise<void>;

export interface ConsumerOptions {
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly onDeadLetter: OnDeadLetter;
  readonly clock: Clock;
  /** Default: 8 attempts, 50 ms to 5 s apart. */
  readonly retry?: Partial<Backoff & { readonly attempts: number }>;
  /**
   * Whether the service could handle a message at all. An attempt that fails while it could not is no attempt: an
   * outage of a database must not set messages aside. Default: always.
   */
  readonly isReady?: (subscription: Subscription) => Promise<boolean>;
  readonly random?: () => number;
}

/** `done`: handled, or safely set aside. An error: nobody has it, so whoever brought it must keep it. */
export type Settled = 'done' | Error;

/** An abort of `closing` ends the waiting between attempts, never a handler that runs. Never rejects. */
export type Consumer = (message: Message, closing: AbortSignal) => Promise<Settled>;

export function createConsumer(subscription: Subscription, options: ConsumerOptions): Consumer {
  const { consumer } = subscription;
  const { kit } = options.metrics;
  const retry = { attempts: 8, baseMs: 50, maxMs: 5_000, ...options.retry };
  const random = options.random ?? Math.random;
  const isReady = options.isReady ?? (async () => true);
  const gaveUp = () => new Error(`${consumer} stopped before it had handled the message`);
  const pause = (attempt: number, closing: AbortSignal) => sleep(backoffMs(attempt, retry, random), closing);

  const attemptOnce = async (message: Message): Promise<Delivery> => {
    const started = performance.now();
    try {
      return await withRemoteParent(message.traceparent, async () => subscription.handle(message));
    } catch (error) {
      options.logger.warn({ error, consumer, messageId: message.id }, 'a handler threw');
      return { kind: 'retry', reason: error instanceof Error ? error.message : String(error) };
    } finally {
      kit.messageDuration.observe({ consumer }, (performance.now() - started) / 1_000);
    }
  };

  const deadLetter = async (message: Message, reason: string, attempts: number, closing: AbortSignal) => {
    for (let attempt = 1; ; attempt += 1) {
      try {
        await options.onDeadLetter(subscription, message, reason, attempts);
        kit.messageHandled.inc({ consumer, result: 'dead_lettered' });
        kit.deadLetters.inc({ consumer });
        options.logger.error({ consumer, messageId: message.id, reason, attempts }, 'message dead-lettered');
        return 'done';
      } catch (error) {
        options.logger.error({ error, consumer, messageId: message.id }, 'a dead letter could not be stored');
        if (closing.aborted) return gaveUp();
        await pause(attempt, closing);
      }
    }
  };

  return async (message, closing) => {
    let attempts = 0;
    for (let round = 1; ; round += 1) {
      if (closing.aborted) return gaveUp();
      const delivery = await attemptOnce(message);
      if (delivery.kind === 'ack') {
        kit.messageHandled.inc({ consumer, result: delivery.as ?? 'handled' });
        const age = (options.clock.now().getTime() - Date.parse(message.time)) / 1_000;
        if (Number.isFinite(age)) kit.messageAge.observe({ consumer }, Math.max(0, age));
        return 'done';
      }
      if (delivery.kind === 'drop') return deadLetter(message, delivery.reason, attempts + 1, closing);
      kit.messageHandled.inc({ consumer, result: 'failed' });
      if (await isReady(subscription)) attempts += 1;
      if (attempts >= retry.attempts) return deadLetter(message, delivery.reason, attempts, closing);
      await pause(round, closing);
    }
  };
}
