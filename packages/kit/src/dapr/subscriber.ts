/** Takes deliveries from the sidecar, and answers by its contract. */
import { Router } from 'express';
import type { Request, Response } from 'express';
import { z } from 'zod';
import { createConsumer } from '../consumer.ts';
import type { Consumer, ConsumerOptions, Settled } from '../consumer.ts';
import type { ServiceApp, Subscription } from '../ports.ts';
import { fromCloudEvent, salvage } from './cloud-event.ts';
import { requestSignal } from './request-signal.ts';

export interface SubscriberOptions extends Omit<ConsumerOptions, 'onDeadLetter'> {
  /** Also the consumer of dead letters whose topic nobody reads here. */
  readonly appId: string;
  readonly subscriptions: readonly Subscription[];
  readonly deadLetters: ServiceApp['deadLetters'];
  /** Aborted when the service stops: what waits for another attempt goes back to the broker. */
  readonly stopping: AbortSignal;
}

type Status = 'SUCCESS' | 'RETRY' | 'DROP';

const bulk = z.object({ entries: z.array(z.object({ entryId: z.string(), event: z.unknown() })) });
type Entry = z.infer<typeof bulk>['entries'][number];

const GIVEN_UP = 'the sidecar gave it up: the service was away, or ended while handling it';
const NOT_OURS = 'not a message of this platform';

/**
 * `POST /messages/<topic>` and `POST /dead-letters`. A message is tried again and set aside in this process, by the
 * rules of the in-process bus: the sidecar would set aside what waits behind it, too, and in bulk lose what it is
 * told to drop. So it is told `RETRY` only where the service is stopping, and `DROP` only for what is no message;
 * its own retries and its dead-letter topic are for what could not be handed over at all.
 */
export function createSubscriber(options: SubscriberOptions): Router {
  const { appId, stopping } = options;
  const consumers = createConsumers(options);
  const setAside = createSetAside(options);

  const router = Router();
  router.post('/messages/:topic', async (req: Request<{ topic: string }>, res: Response) => {
    const consumer = consumers.get(req.params.topic);
    // Not a 404, which would have the sidecar throw the message away.
    if (consumer === undefined) throw new Error(`${appId} does not subscribe to ${req.params.topic}`);
    const signal = requestSignal(res, stopping);
    const batch = bulk.safeParse(req.body);
    if (batch.success)
      res.json({ statuses: await handleBatch(batch.data.entries, consumer, signal, setAside) });
    else res.json({ status: await handleSingle(req.body, consumer, signal) });
  });
  router.post('/dead-letters', async (req: Request, res: Response) => {
    await setAside(req.body);
    res.json({ status: 'SUCCESS' });
  });
  return router;
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

async function handleSingle(event: unknown, consumer: Consumer, signal: AbortSignal): Promise<Status> {
  const message = fromCloudEvent(event);
  return message === undefined ? 'DROP' : statusOf(await consumer(message, signal));
}

/** Keys at the same time, the entries of a key one after another; once the service stops, none is begun. */
async function handleBatch(
  entries: readonly Entry[],
  consumer: Consumer,
  signal: AbortSignal,
  setAside: (event: unknown) => Promise<void>,
): Promise<readonly { readonly entryId: string; readonly status: Status }[]> {
  const statuses = new Map<string, Status>();
  const parsed = entries.map(({ entryId, event }) => ({ entryId, event, message: fromCloudEvent(event) }));
  const lanes = Map.groupBy(parsed, ({ entryId, message }) => message?.key ?? `strange ${entryId}`);
  const walk = async (lane: typeof parsed): Promise<void> => {
    for (const { entryId, event, message } of lane) {
      // Here, as nobody would keep it if the sidecar were told to drop it.
      if (message === undefined) await setAside(event);
      const status = message === undefined ? 'SUCCESS' : statusOf(await consumer(message, signal));
      statuses.set(entryId, status);
    }
  };
  await Promise.all([...lanes.values()].map(walk));
  return entries.map(({ entryId }) => ({ entryId, status: statuses.get(entryId) ?? 'RETRY' }));
}

function statusOf(settled: Settled): Status {
  return settled === 'done' ? 'SUCCESS' : 'RETRY';
}
