/** Buffers what one transaction writes. */
import { context } from '@opentelemetry/api';
import type { PoolClient } from 'pg';
import { v7 as uuid } from 'uuid';
import type { TimerWrite, Writes } from './flush.ts';
import { readStreams } from './read-events.ts';
import { activeTraceparent, contextOf } from './tracing.ts';
import type { EventData, EventMetadata, OutboxRecord, Recorded, TimerKey, Transaction } from './types.ts';
import type { Upcasters } from './upcast.ts';

export interface BufferedTransaction extends Transaction {
  readonly writes: () => Writes;
}

interface Options {
  readonly client: PoolClient;
  readonly lockKeys: readonly string[];
  readonly upcasters: Upcasters;
  readonly now: () => Date;
}

export function createTransaction({ client, lockKeys, upcasters, now }: Options): BufferedTransaction {
  const locked = new Set(lockKeys);
  const loaded = new Map<string, readonly Recorded[]>();
  const appended = new Map<string, Recorded[]>();
  const events: Recorded[] = [];
  const bases: { streamId: string; version: number }[] = [];
  const outbox: OutboxRecord[] = [];
  const timers = new Map<string, { readonly set: TimerWrite } | { readonly cancel: TimerKey }>();
  const timerKey = ({ streamId, name }: TimerKey): string => JSON.stringify([streamId, name]);

  function isKnown(streamId: string, version: number): boolean {
    const last = (appended.get(streamId) ?? loaded.get(streamId))?.at(-1);
    return last !== undefined && last.version >= version;
  }

  function write(
    streamId: string,
    expectedVersion: number,
    data: readonly EventData[],
    metadata: EventMetadata = {},
  ): readonly Recorded[] {
    if (!locked.has(streamId)) throw new Error(`stream ${streamId} is written but its lock is not held`);
    const traceparent = metadata.traceparent ?? activeTraceparent();
    const recorded = data.map((event, index): Recorded => ({
      ...event,
      schemaVersion: event.schemaVersion ?? 1,
      streamId,
      version: expectedVersion + index + 1,
      eventId: uuid(),
      occurredAt: now(),
      metadata: traceparent === undefined ? metadata : { ...metadata, traceparent },
    }));
    events.push(...recorded);
    const sofar = appended.get(streamId);
    if (sofar === undefined) appended.set(streamId, [...recorded]);
    else sofar.push(...recorded);
    return recorded;
  }

  return {
    client,
    async load(streamIds) {
      const wanted = new Map(streamIds.filter((id) => !loaded.has(id)).map((id) => [id, 0]));
      if (wanted.size > 0) {
        const found = await readStreams(client, wanted, upcasters);
        for (const id of wanted.keys()) loaded.set(id, found.get(id) ?? []);
      }
      return new Map(streamIds.map((id) => [id, [...(loaded.get(id) ?? []), ...(appended.get(id) ?? [])]]));
    },
    create: (streamId, data, metadata) => write(streamId, 0, data, metadata),
    append(streamId, expectedVersion, data, metadata) {
      if (!Number.isSafeInteger(expectedVersion) || expectedVersion < 1) {
        throw new RangeError(
          `expected version ${expectedVersion} of ${streamId}: append needs a stream that exists`,
        );
      }
      if (data.length > 0 && !isKnown(streamId, expectedVersion))
        bases.push({ streamId, version: expectedVersion });
      return write(streamId, expectedVersion, data, metadata);
    },
    publish(messages) {
      const traceparent = activeTraceparent();
      const createdAt = now();
      for (const message of messages)
        outbox.push({ ...message, id: message.id ?? uuid(), traceparent, createdAt });
    },
    setTimer(timer) {
      timers.set(timerKey(timer), { set: { ...timer, traceparent: activeTraceparent() } });
    },
    cancelTimer(timer) {
      timers.set(timerKey(timer), { cancel: timer });
    },
    within: (message, fn) => context.with(contextOf(message.traceparent), fn),
    writes: () => ({
      events,
      bases,
      outbox,
      timers: [...timers.values()].flatMap((each) => ('set' in each ? [each.set] : [])),
      cancelled: [...timers.values()].flatMap((each) => ('cancel' in each ? [each.cancel] : [])),
    }),
  };
}
