/** The in-process bus: at least once, in order per key and consumer, with retries and dead letters. */
import { backoffMs, sleep } from './backoff.ts';
import type { Backoff } from './backoff.ts';
import type { Metrics } from './kit-metrics.ts';
import type { Logger } from './logger.ts';
import type { Clock, Delivery, Message, Publisher, PublishOutcome, Subscription } from './ports.ts';
import { withRemoteParent } from './telemetry.ts';

export interface Bus extends Publisher {
  /** Returns the function that ends the subscription; what it has already been given is still handled. */
  subscribe(subscription: Subscription): () => void;
  /** Resolves when nothing is queued or in flight. */
  drain(): Promise<void>;
  /** Refuses new messages, lets running handlers finish, gives up waiting retries: their publish fails. */
  close(): Promise<void>;
}

/** Stores a message that its consumer could not handle. A throw is retried for ever. */
export type OnDeadLetter = (
  subscription: Subscription,
  message: Message,
  reason: string,
  attempts: number,
) => Promise<void>;

export interface BusOptions {
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly onDeadLetter: OnDeadLetter;
  readonly clock: Clock;
  /** Default: 8 attempts, 50 ms to 5 s apart. */
  readonly retry?: Partial<Backoff & { readonly attempts: number }>;
  readonly random?: () => number;
}

/** What became of a message at one consumer. */
type Settled = 'done' | Error;

export function createBus(options: BusOptions): Bus {
  const subscriptions = new Map<string, Set<Subscription>>();
  const lanes = new Map<Subscription, Map<string, Promise<Settled>>>();
  const inFlight = new Set<Promise<unknown>>();
  const closing = new AbortController();
  const consumers = new Map<Subscription, Consumer>();

  /** A lane holds the last message of one key: the next one starts when it is settled. */
  const enqueue = (subscription: Subscription, message: Message): Promise<Settled> => {
    const keys = lanes.get(subscription) ?? new Map<string, Promise<Settled>>();
    lanes.set(subscription, keys);
    const consumer = consumers.get(subscription) ?? createConsumer(subscription, options, closing.signal);
    consumers.set(subscription, consumer);
    const previous = keys.get(message.key);
    const settled = (previous ?? Promise.resolve()).then(async () => consumer(message));
    keys.set(message.key, settled);
    inFlight.add(settled);
    const leave = () => {
      inFlight.delete(settled);
      if (keys.get(message.key) === settled) keys.delete(message.key);
    };
    settled.then(leave, leave);
    return settled;
  };

  const deliver = async (message: Message): Promise<PublishOutcome> => {
    if (closing.signal.aborted) return { ok: false, error: new Error('the bus is closed') };
    const interested = [...(subscriptions.get(message.topic) ?? [])];
    const settled = await Promise.all(interested.map((subscription) => enqueue(subscription, message)));
    const failed = settled.find((outcome) => outcome !== 'done');
    return failed === undefined ? { ok: true } : { ok: false, error: failed };
  };

  const drain = async (): Promise<void> => {
    while (inFlight.size > 0) await Promise.allSettled(inFlight);
  };

  return {
    publish: (messages) => Promise.all(messages.map(deliver)),
    subscribe: (subscription) => {
      const interested = subscriptions.get(subscription.topic) ?? new Set();
      subscriptions.set(subscription.topic, interested.add(subscription));
      return () => interested.delete(subscription);
    },
    drain,
    close: async () => {
      closing.abort();
      await drain();
    },
  };
}

type Consumer = (message: Message) => Promise<Settled>;

function createConsumer(subscription: Subscription, options: BusOptions, closing: AbortSignal): Consumer {
  const { consumer } = subscription;
  const { kit } = options.metrics;
  const retry = { attempts: 8, baseMs: 50, maxMs: 5_000, ...options.retry };
  const random = options.random ?? Math.random;
  const gaveUp = new Error(`the bus closed before ${consumer} had handled the message`);
  const pause = (attempt: number) => sleep(backoffMs(attempt, retry, random), closing);

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

  const deadLetter = async (message: Message, reason: string, attempts: number): Promise<Settled> => {
    for (let attempt = 1; ; attempt += 1) {
      try {
        await options.onDeadLetter(subscription, message, reason, attempts);
        kit.messageHandled.inc({ consumer, result: 'dead_lettered' });
        kit.deadLetters.inc({ consumer });
        options.logger.error({ consumer, messageId: message.id, reason, attempts }, 'message dead-lettered');
        return 'done';
      } catch (error) {
        options.logger.error({ error, consumer, messageId: message.id }, 'a dead letter could not be stored');
        if (closing.aborted) return gaveUp;
        await pause(attempt);
      }
    }
  };

  return async (message) => {
    for (let attempt = 1; ; attempt += 1) {
      if (closing.aborted) return gaveUp;
      const delivery = await attemptOnce(message);
      if (delivery.kind === 'ack') {
        kit.messageHandled.inc({ consumer, result: delivery.as ?? 'handled' });
        const age = (options.clock.now().getTime() - Date.parse(message.time)) / 1_000;
        if (Number.isFinite(age)) kit.messageAge.observe({ consumer }, Math.max(0, age));
        return 'done';
      }
      if (delivery.kind === 'drop') return deadLetter(message, delivery.reason, attempt);
      kit.messageHandled.inc({ consumer, result: 'failed' });
      if (attempt >= retry.attempts) return deadLetter(message, delivery.reason, attempt);
      await pause(attempt);
    }
  };
}
