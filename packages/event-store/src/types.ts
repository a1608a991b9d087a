/** The public vocabulary of the event store: events, messages, timers, deciders and processors. */
import type { PoolClient } from 'pg';

/** Plain JSON, as it is stored and published. */
export type Json =
  string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json | undefined };

/** An event as a decider returns it. `type` is past tense, kebab-case; `schemaVersion` defaults to 1. */
export interface EventData {
  readonly type: string;
  readonly schemaVersion?: number;
  readonly data: unknown;
}

/** Who and what caused an event; stored beside it, never read by a decider. */
export interface EventMetadata {
  readonly causationId?: string;
  readonly actor?: string;
  readonly traceparent?: string;
}

/** An event as it was committed. */
export type Recorded<E extends EventData = EventData> = E & {
  readonly eventId: string;
  readonly streamId: string;
  /** 1-based and gapless within the stream. */
  readonly version: number;
  readonly occurredAt: Date;
  readonly metadata: EventMetadata;
};

/** A message that leaves with the transaction. Column names of the table are Debezium's. */
export interface OutboxMessage {
  /** Defaults to a new UUIDv7; give one where the receiver must see the same id after a repeat. */
  readonly id?: string;
  /** aggregatetype: the topic. */
  readonly topic: string;
  /** aggregateid: the stream whose order is kept; the partition key. */
  readonly key: string;
  readonly type: string;
  readonly payload: unknown;
}

/** An outbox row as the relay hands it to the publisher. */
export interface OutboxRecord extends Required<OutboxMessage> {
  readonly traceparent: string | undefined;
  readonly createdAt: Date;
}

/** One durable timer per (streamId, name); setting it again replaces it. */
export interface TimerRequest {
  readonly streamId: string;
  readonly name: string;
  readonly dueAt: Date;
  readonly payload?: unknown;
}

export interface TimerKey {
  readonly streamId: string;
  readonly name: string;
}

/** What one handled message may write. Everything is buffered and flushed in one statement before commit. */
export interface Transaction {
  /** For a service's own tables, inside the same transaction. */
  readonly client: PoolClient;
  /** Loads whole streams (upcast), including what this transaction has appended so far; absent streams give []. */
  load(streamIds: readonly string[]): Promise<Map<string, readonly Recorded[]>>;
  /** Only the events after a known version of each stream, for states that are kept elsewhere; none appended here. */
  loadAfter(versions: ReadonlyMap<string, number>): Promise<Map<string, readonly Recorded[]>>;
  /** The present version of each stream, 0 if absent: what `append` needs, without loading a long stream. */
  versions(streamIds: readonly string[]): Promise<Map<string, number>>;
  /** The caller has read this version of a stream from a table that is written together with it. */
  knowVersion(streamId: string, version: number): void;
  /**
   * Writes to the service's own tables that nobody needs the answer of before the commit: they travel with it, in the
   * order given, and the transaction is undone where one fails. They must send at once: what fails before that would not
   * stop the commit.
   */
  defer(write: (client: PoolClient) => Promise<unknown>): void;
  /** For what the process remembers: runs once the transaction has been committed, before anybody hears of it. Must not throw. */
  afterCommit(listener: () => void): void;
  /** Starts a stream; a stream that exists is a ConcurrencyError at flush. */
  create(streamId: string, events: readonly EventData[], metadata?: EventMetadata): readonly Recorded[];
  /** Appends after `expectedVersion` (≥ 1); any other current version is a ConcurrencyError at flush. */
  append(
    streamId: string,
    expectedVersion: number,
    events: readonly EventData[],
    metadata?: EventMetadata,
  ): readonly Recorded[];
  publish(messages: readonly OutboxMessage[]): void;
  setTimer(timer: TimerRequest): void;
  cancelTimer(timer: TimerKey): void;
  /** Runs `fn` in the trace of one message of the batch, so that what it publishes continues that trace. */
  within<T>(message: Envelope, fn: () => T): T;
}

/** A place in the log of all streams: every event at or before it, and none after it, has been seen. */
export interface Cursor {
  /** xid8 of the writing transaction, as a decimal string. */
  readonly transactionId: string;
  readonly globalPosition: string;
}

/** The end of the log at a moment: events committed before it are not after it, even where their place is. */
export interface Head extends Cursor {
  /** pg_snapshot of the moment. */
  readonly snapshot: string;
}

/** An event with its place in the log of all streams. */
export type Positioned<E extends EventData = EventData> = Recorded<E> & { readonly position: Cursor };

/** What one transaction wrote, as listeners in the same process see it after the commit. */
export interface Commit {
  readonly events: readonly Recorded[];
  readonly outbox: readonly QueuedMessage[];
  readonly timers: readonly TimerRequest[];
}

/** An outbox row as committed. */
export interface QueuedMessage extends OutboxRecord {
  /** Ascending in commit order within one key. */
  readonly seq: string;
  /** The latest row of the same key that was still unpublished when this one was written. */
  readonly earlierSeq: string | undefined;
}

/** What a message is to a processor: an id for the inbox, the streams to lock, and where its trace began. */
export interface Envelope {
  /** Unique per logical message; a repeat is acknowledged without effect. Absent: not deduplicated. */
  readonly messageId?: string;
  readonly traceparent?: string;
}

export type Handled<R> = { readonly kind: 'handled'; readonly result: R } | { readonly kind: 'duplicate' };

export interface Processor<M extends Envelope, R> {
  /** Resolves after the commit of the transaction that handled the message; rejects if that message failed. */
  submit(message: M): Promise<Handled<R>>;
  /** Resolves when nothing is queued or in flight. */
  drain(): Promise<void>;
}

/** What a pure decision may ask for. */
export interface Decision<E extends EventData, R> {
  readonly events: readonly E[];
  readonly messages?: readonly OutboxMessage[];
  readonly timers?: readonly TimerRequest[];
  readonly cancelTimers?: readonly TimerKey[];
  readonly result: R;
}

export interface Decider<C, E extends EventData, S, R> {
  readonly initialState: S;
  readonly decide: (command: C, state: S) => Decision<E, R>;
  readonly evolve: (state: S, event: Recorded<E>) => S;
}
