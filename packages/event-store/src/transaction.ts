/** Buffers what one transaction writes. */
import { context } from '@opentelemetry/api';
import type { PoolClient } from 'pg';
import { newId as uuid } from './ids.ts';
import type { TimerWrite, Writes } from './flush.ts';
import { readStreams, readVersions } from './read-events.ts';
import { activeTraceparent, contextOf } from './tracing.ts';
import type {
  EventData,
  EventMetadata,
  OutboxRecord,
  Recorded,
  TimerKey,
  TimerRequest,
  Transaction,
} from './types.ts';
import type { Upcasters } from './upcast.ts';

export interface BufferedTransaction {
  readonly tx: Transaction;
  readonly writes: () => Pick<Writes, 'events' | 'bases' | 'outbox' | 'timers' | 'cancelled'>;
  /** What was deferred, in order. */
  readonly deferred: readonly ((client: PoolClient) => Promise<unknown>)[];
  readonly afterCommit: readonly (() => void)[];
  /** Streams that were asked for and not written: nothing at the commit says whether they are still as they were. */
  readonly onlyRead: () => readonly string[];
}

/** Where a transaction reads from. */
export interface Source {
  readonly client: PoolClient;
  /** Events of each stream after the given version, ascending. */
  readonly streams: (after: ReadonlyMap<string, number>) => Promise<ReadonlyMap<string, readonly Recorded[]>>;
  readonly versions: (streamIds: readonly string[]) => Promise<ReadonlyMap<string, number>>;
}

export function readingFrom(client: PoolClient, upcasters: Upcasters): Source {
  return {
    client,
    streams: (after) => readStreams(client, after, upcasters),
    versions: (streamIds) => readVersions(client, streamIds),
  };
}

interface Options {
  readonly source: Source;
  readonly lockKeys: readonly string[];
  readonly now: () => Date;
}

interface Streams extends Readonly<Pick<Transaction, 'load' | 'loadAfter' | 'versions' | 'knowVersion'>> {
  readonly write: (
    streamId: string,
    expectedVersion: number,
    data: readonly EventData[],
    metadata?: EventMetadata,
  ) => readonly Recorded[];
  readonly writes: () => Pick<Writes, 'events' | 'bases'>;
  readonly onlyRead: () => readonly string[];
}

/** The streams as this transaction sees them: what is stored, then what it has appended. */
function createStreams({ source, lockKeys, now }: Options): Streams {
  const locked = new Set(lockKeys);
  const loaded = new Map<string, readonly Recorded[]>();
  const appended = new Map<string, Recorded[]>();
  const events: Recorded[] = [];
  const bases: { streamId: string; version: number }[] = [];

  const asked = new Set<string>();
  const known = new Map<string, number>();
  const note = (streamId: string, version: number): void => {
    known.set(streamId, Math.max(version, known.get(streamId) ?? 0));
  };

  async function readAfter(versions: ReadonlyMap<string, number>) {
    for (const id of versions.keys()) asked.add(id);
    const found = await source.streams(versions);
    for (const [id, events] of found) note(id, events.at(-1)?.version ?? 0);
    return found;
  }

  return {
    async load(streamIds) {
      const wanted = new Map(streamIds.filter((id) => !loaded.has(id)).map((id) => [id, 0]));
      if (wanted.size > 0) {
        const found = await readAfter(wanted);
        for (const id of wanted.keys()) loaded.set(id, found.get(id) ?? []);
      }
      return new Map(streamIds.map((id) => [id, [...(loaded.get(id) ?? []), ...(appended.get(id) ?? [])]]));
    },
    async loadAfter(versions) {
      const found = await readAfter(versions);
      for (const [id, version] of versions) note(id, version);
      return new Map([...versions.keys()].map((id) => [id, found.get(id) ?? []]));
    },
    async versions(streamIds) {
      const unknown = streamIds.filter((id) => !known.has(id));
      for (const id of unknown) asked.add(id);
      const found = unknown.length > 0 ? await source.versions(unknown) : new Map<string, number>();
      for (const id of unknown) note(id, found.get(id) ?? 0);
      return new Map(streamIds.map((id) => [id, known.get(id) ?? 0]));
    },
    knowVersion: note,
    write(streamId, expectedVersion, data, metadata = {}) {
      if (!locked.has(streamId)) throw new Error(`stream ${streamId} is written but its lock is not held`);
      if (data.length === 0) return [];
      if (expectedVersion > (known.get(streamId) ?? 0)) {
        bases.push({ streamId, version: expectedVersion });
      }
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
      note(streamId, expectedVersion + recorded.length);
      return recorded;
    },
    writes: () => ({ events, bases }),
    onlyRead: () => [...asked].filter((id) => !appended.has(id)),
  };
}

/** Of several writes to one timer the last one counts. */
function createTimerWrites() {
  const timers = new Map<string, { readonly set: TimerWrite } | { readonly cancel: TimerKey }>();
  const keyOf = ({ streamId, name }: TimerKey): string => JSON.stringify([streamId, name]);
  return {
    setTimer: (timer: TimerRequest): void => {
      timers.set(keyOf(timer), { set: { ...timer, traceparent: activeTraceparent() } });
    },
    cancelTimer: (timer: TimerKey): void => {
      timers.set(keyOf(timer), { cancel: timer });
    },
    writes: (): Pick<Writes, 'timers' | 'cancelled'> => ({
      timers: [...timers.values()].flatMap((each) => ('set' in each ? [each.set] : [])),
      cancelled: [...timers.values()].flatMap((each) => ('cancel' in each ? [each.cancel] : [])),
    }),
  };
}

export function createTransaction(options: Options): BufferedTransaction {
  const { source, now } = options;
  const { write, writes: streamWrites, onlyRead, ...reads } = createStreams(options);
  const { setTimer, cancelTimer, writes: timerWrites } = createTimerWrites();
  const outbox: OutboxRecord[] = [];
  const deferred: ((client: PoolClient) => Promise<unknown>)[] = [];
  const afterCommit: (() => void)[] = [];

  const tx: Transaction = {
    client: source.client,
    ...reads,
    afterCommit: (listener) => void afterCommit.push(listener),
    defer: (later) => void deferred.push(later),
    create: (streamId, data, metadata) => write(streamId, 0, data, metadata),
    append(streamId, expectedVersion, data, metadata) {
      if (!Number.isSafeInteger(expectedVersion) || expectedVersion < 1) {
        throw new RangeError(
          `expected version ${expectedVersion} of ${streamId}: append needs a stream that exists`,
        );
      }
      return write(streamId, expectedVersion, data, metadata);
    },
    publish(messages) {
      const traceparent = activeTraceparent();
      const createdAt = now();
      for (const message of messages) {
        outbox.push({ ...message, id: message.id ?? uuid(), traceparent, createdAt });
      }
    },
    setTimer,
    cancelTimer,
    within: (message, fn) => context.with(contextOf(message.traceparent), fn),
  };
  const writes = () => ({ ...streamWrites(), ...timerWrites(), outbox });
  return { tx, writes, deferred, afterCommit, onlyRead };
}
