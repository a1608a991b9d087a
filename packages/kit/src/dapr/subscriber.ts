/** Takes deliveries from the sidecar, and answers by its contract. */
import { createConsumer } from '../consumer.ts';
import type { Consumer, ConsumerOptions } from '../consumer.ts';
import type { ServiceApp, Subscription } from '../ports.ts';
import { createActivity } from './activity.ts';
import { eventsIn, fromCloudEvent, salvage } from './cloud-event.ts';
import { DEAD_LETTERS, MESSAGES } from './deliveries.ts';
import type { Deliver } from './deliveries.ts';
import { requestSignal } from './request-signal.ts';

export interface SubscriberOptions extends Omit<ConsumerOptions, 'onDeadLetter'> {
  /** Also the consumer of dead letters whose topic nobody reads here. */
  readonly appId: string;
  readonly subscriptions: readonly Subscription[];
  readonly deadLetters: ServiceApp['deadLetters'];
  /** Aborted when the service stops: what waits for another attempt goes back to the broker. */
  readonly stopping: AbortSignal;
}

export interface Subscriber {
  readonly deliver: Deliver;
  /** Resolves when no delivery has come for a while, or when that takes too long. */
  readonly untilQuiet: () => Promise<void>;
}

type Status = 'SUCCESS' | 'RETRY';

const GIVEN_UP = 'the sidecar gave it up: the service was away, or ended while handling it';
const NOT_OURS = 'not a message of this platform';

/**
 * `POST /messages/<topic>` and `POST /dead-letters`; what is delivered holds one message or several. A message is tried
 * again and set aside in this process, by the rules of the in-process bus: the sidecar knows nothing of what is inside
 * of a delivery. So it is told `RETRY` only where the service is stopping; its own retries and its dead-letter
 * topic are for what could not be handed over at all.
 */
export function createSubscriber(options: SubscriberOptions): Subscriber {
  const { appId, stopping } = options;
  const activity = createActivity();
  const consumers = createConsumers(options);
  const setAside = createSetAside(options);

  const take = async (path: string, event: unknown, signal: AbortSignal): Promise<Status> => {
    const events = eventsIn(event);
    if (path === DEAD_LETTERS) {
      await Promise.all(events.map(setAside));
      return 'SUCCESS';
    }
    const topic = decodeURIComponent(path.slice(MESSAGES.length));
    const consumer = consumers.get(topic);
    // Not a 404, which would have the sidecar throw the message away.
    if (consumer === undefined) throw new Error(`${appId} does not subscribe to ${topic}`);
    return await handleAll(events, consumer, signal, setAside);
  };
  return {
    deliver: (path, event, res) =>
      activity.during(async () => ({ status: await take(path, event, requestSignal(res, stopping)) })),
    untilQuiet: activity.untilQuiet,
  };
}

function createConsumers(options: SubscriberOptions): ReadonlyMap<string, Consumer> {
  const { appId, subscriptions, deadLetters } = options;
  const onDeadLetter: ConsumerOptions['onDeadLetter'] = async ({ consumer }, message, reason, attempts) => {
    await deadLetters.record({ consumer, message, reason, attempts });
  };
  const topics = new Set(subscriptions.map(({ topic }) => topic));
  if (topics.size < subscriptions.length) throw new Error(`${appId} subscribes to a topic twice`);
  return new Map(
    subscriptions.map((each) => [each.topic, createConsumer(each, { ...options, onDeadLetter })]),
  );
}

/** Keeps what never reached a handler. */
function createSetAside(options: SubscriberOptions): (event: unknown) => Promise<void> {
  const { appId, subscriptions, deadLetters, clock, metrics, logger } = options;
  return async (event) => {
    const { message, isOurs } = salvage(event, clock.now());
    const consumer = subscriptions.find(({ topic }) => topic === message.topic)?.consumer ?? appId;
    const reason = isOurs ? GIVEN_UP : NOT_OURS;
    await deadLetters.record({ consumer, message, reason, attempts: 1 });
    metrics.kit.messageHandled.inc({ consumer, result: 'dead_lettered' });
    metrics.kit.deadLetters.inc({ consumer });
    logger.error({ consumer, messageId: message.id, reason }, 'message dead-lettered');
  };
}

/** Keys at the same time, the messages of a key one after another; once the service stops, none is begun. */
async function handleAll(
  events: readonly unknown[],
  consumer: Consumer,
  signal: AbortSignal,
  setAside: (event: unknown) => Promise<void>,
): Promise<Status> {
  const parsed = events.map((event) => ({ event, message: fromCloudEvent(event) }));
  const lanes = Map.groupBy(parsed, ({ message }) => message?.key);
  const walk = async (lane: typeof parsed): Promise<boolean> => {
    for (const { event, message } of lane) {
      if (message === undefined) await setAside(event);
      else if ((await consumer(message, signal)) !== 'done') return false;
    }
    return true;
  };
  const settled = await Promise.all([...lanes.values()].map(walk));
  // Those that were settled come again with the others, and are recognised.
  return settled.every(Boolean) ? 'SUCCESS' : 'RETRY';
}
