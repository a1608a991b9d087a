/** Publishes through the sidecar. */
import { z } from 'zod';
import type { Message, Publisher, PublishOutcome } from '../ports.ts';
import { SidecarError } from './client.ts';
import type { SidecarAnswer, SidecarClient } from './client.ts';
import { toCloudEvent, toEnvelope } from './cloud-event.ts';
import { createLanes } from './lanes.ts';
import type { Lanes } from './lanes.ts';

export interface DaprPublisherOptions {
  readonly client: SidecarClient;
  readonly pubsub: string;
  /** Of a topic; 1 where the broker has none. */
  readonly partitions: number;
  /** Of one call; its messages may have arrived all the same. Default 10,000. */
  readonly timeoutMs?: number;
}

/** Messages per call. */
const MAX_BATCH = 100;
/** Characters per message of the broker, unless a single one is longer: brokers refuse what exceeds a megabyte. */
const MAX_LENGTH = 250_000;

interface Waiting {
  readonly message: Message;
  /** The message as a CloudEvent. */
  readonly event: string;
  /** Of its call of `publish`, by key: behind a message that failed, those of its key fail too. */
  readonly failed: Map<string, Error>;
  readonly settle: (outcome: PublishOutcome) => void;
}

/** What becomes one message of the broker. */
interface Parcel {
  readonly lane: number;
  readonly contents: Waiting[];
  length: number;
}

/**
 * One call per topic at a time; what comes meanwhile goes with the next one, so that batches grow with the load.
 * Messages of one lane share one message of the broker, in their order.
 */
export function createDaprPublisher(options: DaprPublisherOptions): Publisher {
  const lanes = createLanes(options.partitions);
  /** What waits behind the call that is under way; a topic without one is absent. */
  const topics = new Map<string, Waiting[]>();

  async function empty(topic: string, queue: Waiting[]): Promise<void> {
    // After those that are published together with the first.
    await Promise.resolve();
    while (queue.length > 0) {
      const parcels = pack(queue, lanes);
      const outcomes = await publishParcels(topic, parcels, lanes, options);
      parcels.forEach(({ contents }, index) => {
        for (const each of contents) tell(each, outcomes[index] ?? { ok: true });
      });
    }
    topics.delete(topic);
  }

  return {
    publish: (messages) => {
      const failed = new Map<string, Error>();
      return Promise.all(
        messages.map(async (message) => {
          const { promise, resolve: settle } = Promise.withResolvers<PublishOutcome>();
          const queue = topics.get(message.topic) ?? [];
          queue.push({ message, event: JSON.stringify(toCloudEvent(message)), failed, settle });
          if (!topics.has(message.topic)) {
            topics.set(message.topic, queue);
            void empty(message.topic, queue);
          }
          return promise;
        }),
      );
    },
  };
}

function tell({ message, failed, settle }: Waiting, outcome: PublishOutcome): void {
  if (!outcome.ok) failed.set(laneOf(message), outcome.error);
  settle(outcome);
}

function laneOf({ topic, key }: Message): string {
  return JSON.stringify([topic, key]);
}

/** Takes from the queue what goes next: of each lane one parcel, since a call keeps no order among them. */
function pack(queue: Waiting[], lanes: Lanes): readonly Parcel[] {
  const parcels = new Map<number, Parcel>();
  const full = new Set<number>();
  const staying: Waiting[] = [];
  let room = MAX_BATCH;
  for (const waiting of queue) {
    const { message, event, failed } = waiting;
    const error = failed.get(laneOf(message));
    const lane = lanes.of(message.key);
    const parcel = parcels.get(lane) ?? { lane, contents: [], length: 0 };
    if (parcel.contents.length > 0 && parcel.length + event.length > MAX_LENGTH) full.add(lane);
    if (error !== undefined) waiting.settle({ ok: false, error });
    else if (room === 0 || full.has(lane)) staying.push(waiting);
    else {
      parcel.contents.push(waiting);
      parcel.length += event.length;
      parcels.set(lane, parcel);
      room -= 1;
    }
  }
  queue.splice(0, queue.length, ...staying);
  return [...parcels.values()];
}

/** One outcome each. Never rejects. */
async function publishParcels(
  topic: string,
  parcels: readonly Parcel[],
  lanes: Lanes,
  { client, pubsub, timeoutMs }: DaprPublisherOptions,
): Promise<readonly PublishOutcome[]> {
  const entries = parcels.map(({ lane, contents }, index) => {
    const partitionKey = JSON.stringify(lanes.partitionKey(lane));
    const event = eventOf(contents);
    return `{"entryId":"${index}","contentType":"application/cloudevents+json","metadata":{"partitionKey":${partitionKey}},"event":${event}}`;
  });
  try {
    const answer = await client.request({
      method: 'POST',
      path: `/v1.0/publish/bulk/${encodeURIComponent(pubsub)}/${encodeURIComponent(topic)}`,
      headers: { 'content-type': 'application/json' },
      body: `[${entries.join(',')}]`,
      ...(timeoutMs !== undefined && { timeoutMs }),
    });
    const failures = failuresIn(answer, topic);
    return parcels.map((_, index) => {
      const error = typeof failures === 'function' ? failures(String(index)) : failures;
      return error === undefined ? { ok: true } : { ok: false, error };
    });
  } catch (error) {
    const failure = error instanceof Error ? error : new Error(String(error));
    return parcels.map(() => ({ ok: false, error: failure }));
  }
}

/** A lone message is an event of its own. */
function eventOf(contents: readonly Waiting[]): string {
  const [first, ...others] = contents;
  if (first === undefined || others.length === 0) return first?.event ?? 'null';
  return toEnvelope(
    first.message,
    contents.map(({ event }) => event),
  );
}

const partial = z.object({
  failedEntries: z.array(z.object({ entryId: z.string(), error: z.string().optional() })).min(1),
});

/** The failure of all, or of each; a refusal that names no entries is that of all. */
function failuresIn(answer: SidecarAnswer, topic: string): Error | ((entryId: string) => Error | undefined) {
  if (answer.status >= 200 && answer.status <= 299) return () => undefined;
  const all = new SidecarError(`publish to ${topic}`, answer);
  const named = partial.safeParse(parsedOr(answer.text));
  if (!named.success) return all;
  const failed = new Map(named.data.failedEntries.map(({ entryId, error }) => [entryId, error]));
  return (entryId) =>
    failed.has(entryId) ? new Error(failed.get(entryId) ?? 'refused', { cause: all }) : undefined;
}

function parsedOr(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The caller takes what is not JSON for a refusal of everything.
    return undefined;
  }
}
