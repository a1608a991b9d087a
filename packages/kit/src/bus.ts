/** The in-process bus: at least once, in order per key and consumer, with retries and dead letters. */
import { createConsumer } from './consumer.ts';
import type { Consumer, ConsumerOptions, Settled } from './consumer.ts';
import type { Message, Publisher, PublishOutcome, Subscription } from './ports.ts';

export interface Bus extends Publisher {
  /** Returns the function that ends the subscription; what it has already been given is still handled. */
  subscribe(subscription: Subscription): () => void;
  /** Resolves when nothing is queued or in flight. */
  drain(): Promise<void>;
  /** Refuses new messages, lets running handlers finish, gives up waiting retries: their publish fails. */
  close(): Promise<void>;
}

export type BusOptions = ConsumerOptions;

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
    const consumer = consumers.get(subscription) ?? createConsumer(subscription, options);
    consumers.set(subscription, consumer);
    const previous = keys.get(message.key);
    const settled = (previous ?? Promise.resolve()).then(async () => consumer(message, closing.signal));
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
