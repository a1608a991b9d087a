/** Publishes through the sidecar. */
import { z } from 'zod';
import type { Message, Publisher, PublishOutcome } from '../ports.ts';
import { SidecarError } from './client.ts';
import type { SidecarAnswer, SidecarClient } from './client.ts';
import { toCloudEvent } from './cloud-event.ts';

export interface DaprPublisherOptions {
  readonly client: SidecarClient;
  readonly pubsub: string;
  /** Messages per call. Default 100. */
  readonly maxBatch?: number;
  /** Of one call; its messages may have arrived all the same. Default 10,000. */
  readonly timeoutMs?: number;
}

interface Entry {
  readonly index: number;
  readonly message: Message;
}

/**
 * In bulk, with at most one message of a key on its way at a time: the broker may take the messages of a call in
 * any order, and some without the others. After a message that failed, those behind it of its key fail too.
 */
export function createDaprPublisher(options: DaprPublisherOptions): Publisher {
  return {
    publish: async (messages) => {
      const outcomes = new Map<number, PublishOutcome>();
      let waiting = messages.map((message, index): Entry => ({ index, message }));
      const failed = new Map<string, Error>();
      while (waiting.length > 0) {
        const { leaving, staying } = nextWave(waiting);
        waiting = staying;
        const open: Entry[] = [];
        for (const entry of leaving) {
          const error = failed.get(laneOf(entry));
          if (error === undefined) open.push(entry);
          else outcomes.set(entry.index, { ok: false, error });
        }
        await Promise.all(
          batchesOf(open, options.maxBatch ?? 100).map(async (batch) => {
            for (const [entry, outcome] of await publishBatch(batch, options)) {
              outcomes.set(entry.index, outcome);
              if (!outcome.ok) failed.set(laneOf(entry), outcome.error);
            }
          }),
        );
      }
      return messages.map(
        (_, index) => outcomes.get(index) ?? { ok: false, error: new Error('not published') },
      );
    },
  };
}

function laneOf({ message }: Entry): string {
  return JSON.stringify([message.topic, message.key]);
}

/** The first message of each key, and the rest. */
function nextWave(entries: readonly Entry[]): { readonly leaving: Entry[]; readonly staying: Entry[] } {
  const taken = new Set<string>();
  const leaving: Entry[] = [];
  const staying: Entry[] = [];
  for (const entry of entries) {
    const lane = laneOf(entry);
    if (taken.has(lane)) staying.push(entry);
    else leaving.push(entry);
    taken.add(lane);
  }
  return { leaving, staying };
}

/** Of one topic each. */
function batchesOf(entries: readonly Entry[], size: number): Entry[][] {
  const topics = Map.groupBy(entries, ({ message }) => message.topic);
  return [...topics.values()].flatMap((all) =>
    Array.from({ length: Math.ceil(all.length / size) }, (_, n) => all.slice(n * size, (n + 1) * size)),
  );
}

async function publishBatch(
  batch: readonly Entry[],
  { client, pubsub, timeoutMs }: DaprPublisherOptions,
): Promise<ReadonlyMap<Entry, PublishOutcome>> {
  const topic = batch[0]?.message.topic ?? '';
  const body = batch.map(({ index, message }) => ({
    entryId: String(index),
    event: toCloudEvent(message),
    contentType: 'application/cloudevents+json',
    metadata: { partitionKey: message.key },
  }));
  const request = {
    method: 'POST',
    path: `/v1.0/publish/bulk/${encodeURIComponent(pubsub)}/${encodeURIComponent(topic)}`,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
    ...(timeoutMs !== undefined && { timeoutMs }),
  } as const;
  try {
    const answer = await client.request(request);
    const failures = failuresIn(answer, topic);
    return new Map(
      batch.map((entry) => {
        const error = typeof failures === 'function' ? failures(String(entry.index)) : failures;
        return [entry, error === undefined ? { ok: true } : { ok: false, error }];
      }),
    );
  } catch (error) {
    const failure = error instanceof Error ? error : new Error(String(error));
    return new Map(batch.map((entry) => [entry, { ok: false, error: failure }]));
  }
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
