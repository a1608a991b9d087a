/** The event store: transactions that write, and every way to read. */
import type { Pool, PoolClient } from 'pg';
import { prepareFlush, type OutboxLease, type Writes } from './flush.ts';
import { createReadAfter, followLog, followStream, type FollowAllOptions } from './follow.ts';
import { logStart, readHead, readLog, readPrefix, readStreams, type UpTo } from './read-events.ts';
import { NotRememberedError } from './errors.ts';
import { runAtOnce, runTransaction } from './run-transaction.ts';
import { createStreamWatch } from './stream-watch.ts';
import { createTransaction, readingFrom, type Source } from './transaction.ts';
import type { Commit, Cursor, Head, Positioned, QueuedMessage, Recorded, Transaction } from './types.ts';
import type { Upcasters } from './upcast.ts';

export interface EventStoreOptions {
  /** Closed by its owner, who must also handle its `error` event: the loss of an idle connection is reported there. */
  readonly pool: Pool;
  readonly upcasters?: Upcasters;
  /** Default: the system clock. */
  readonly now?: () => Date;
  /** Name of this process for relays; unique among living processes, the same after a restart. Default: `local`. */
  readonly owner?: string;
  /** How often readers ask for events of other processes. Default: 500. */
  readonly pollMs?: number;
  /** Told about failures of background work, which is tried again. Default: a warning of the process. */
  readonly onError?: (error: unknown) => void;
}

export interface EventStore {
  readonly pool: Pool;
  readonly owner: string;
  readonly now: () => Date;
  readonly reportError: (error: unknown) => void;
  /**
   * Locks the streams, runs `fn`, writes what it buffered and commits. Only locked streams can be written.
   * Throws ConcurrencyError, StoreUnavailableError, CommitUnknownError, or what `fn` threw.
   */
  transaction<T>(lockKeys: readonly string[], fn: (tx: Transaction) => Promise<T>): Promise<T>;
  /**
   * The same in one round trip: `fn` runs first, on what the process remembers, and what it has written fails the transaction
   * where that is no longer true. Throws CommitUnknownError as `transaction` does; after any other error nothing has been committed.
   */
  transactionFromMemory<T>(options: RememberedWork, fn: (tx: Transaction) => Promise<T>): Promise<T>;
  /** A stream in version order, [] if absent; with `upTo` as it was at that version or moment. */
  load(streamId: string, options?: { readonly upTo?: UpTo }): Promise<readonly Recorded[]>;
  /** Absent streams give []. */
  loadMany(streamIds: readonly string[]): Promise<Map<string, readonly Recorded[]>>;
  /** The next events of all streams after a cursor, none of which can ever be preceded by a later one. */
  read(options: {
    readonly after?: Cursor;
    readonly limit: number;
    /** Default: any connection of the pool. */
    readonly client?: PoolClient;
  }): Promise<readonly Positioned[]>;
  /** The present end of the log, for `followAll({ after })`. */
  head(): Promise<Head>;
  /** Events of one stream after a version, as they are committed by any process. */
  follow(streamId: string, afterVersion: number, signal: AbortSignal): AsyncIterable<Recorded>;
  /** Events of all streams, by default from now on. */
  followAll(options: FollowAllOptions): AsyncIterable<Positioned>;
  /** Calls the listener after each commit of this store object. It must not throw. Returns the way to stop. */
  onCommit(listener: (commit: Commit) => void): () => void;
  /** For the relay of this store: new outbox rows belong to it from the start. Returns the way to stop. */
  leaseOutboxTo(lease: OutboxLease): () => void;
}

export interface RememberedWork {
  /** At least one. */
  readonly lockKeys: readonly string[];
  /** A stream as it was once committed; NotRememberedError where that is not known. */
  readonly recall: (streamId: string) => readonly Recorded[];
  /** Messages that count as handled with it. One that has been handled fails the transaction. */
  readonly inbox: NonNullable<Writes['inbox']>;
}

function warn(error: unknown): void {
  process.emitWarning(error instanceof Error ? error : new Error(String(error)));
}

interface Writing {
  readonly pool: Pool;
  readonly lockKeys: readonly string[];
  readonly upcasters: Upcasters;
  readonly now: () => Date;
  /** As it is when the rows are written: a relay may start or stop while the work runs. */
  readonly lease: () => OutboxLease | undefined;
}

interface Committed<T> {
  readonly result: T;
  readonly commit: Commit;
  readonly afterCommit: readonly (() => void)[];
}

async function writeTransaction<T>(
  { pool, lockKeys, upcasters, now, lease }: Writing,
  fn: (tx: Transaction) => Promise<T>,
): Promise<Committed<T>> {
  let outbox: readonly QueuedMessage[] = [];
  const { result, written, afterCommit } = await runTransaction(
    pool,
    lockKeys,
    async (client) => {
      const { tx, writes, ...buffered } = createTransaction({
        source: readingFrom(client, upcasters),
        lockKeys,
        now,
      });
      const result = await fn(tx);
      const written = writes();
      const flush = prepareFlush(written, lease());
      const write = async (): Promise<void> => {
        outbox = await flush(client);
      };
      // What these appends build on is only known to exist once the answer is here: too late beside the COMMIT.
      if (written.bases.length > 0) await write();
      return { result, written, write, ...buffered };
    },
    ({ written, write, deferred }) => [...deferred, ...(written.bases.length > 0 ? [] : [write])],
  );
  return { result, commit: { events: written.events, timers: written.timers, outbox }, afterCommit };
}

/** Nothing can be asked before the commit. */
const noClient = new Proxy<Record<string, never>>(
  {},
  {
    get() {
      throw new NotRememberedError('what the database alone can tell');
    },
  },
) as unknown as PoolClient;

function rememberedBy(recall: RememberedWork['recall']): Source {
  return {
    client: noClient,
    streams: async (after) =>
      new Map([...after].map(([id, version]) => [id, recall(id).filter((event) => event.version > version)])),
    versions: async (streamIds) =>
      new Map(streamIds.map((streamId) => [streamId, recall(streamId).at(-1)?.version ?? 0])),
  };
}

async function writeFromMemory<T>(
  { pool, lockKeys, now, lease }: Omit<Writing, 'upcasters'>,
  { recall, inbox }: RememberedWork,
  fn: (tx: Transaction) => Promise<T>,
): Promise<Committed<T>> {
  const { tx, writes, deferred, afterCommit, onlyRead } = createTransaction({
    source: rememberedBy(recall),
    lockKeys,
    now,
  });
  const result = await fn(tx);
  const written = { ...writes(), inbox };
  const [unsure = written.bases[0]?.streamId] = onlyRead();
  // The key of what is appended says whether a stream was as remembered; of these, nothing would.
  if (unsure !== undefined) throw new NotRememberedError(`whether ${unsure} is still as it was`);
  const flush = prepareFlush(written, lease());
  let outbox: readonly QueuedMessage[] = [];
  await runAtOnce(pool, lockKeys, [
    ...deferred,
    async (client) => {
      outbox = await flush(client);
    },
  ]);
  return { result, commit: { events: written.events, timers: written.timers, outbox }, afterCommit };
}

export function createEventStore(options: EventStoreOptions): EventStore {
  const {
    pool,
    upcasters = {},
    now = () => new Date(),
    owner = 'local',
    pollMs = 500,
    onError = warn,
  } = options;
  const listeners = new Set<(commit: Commit) => void>();
  const watch = createStreamWatch(pool, pollMs, onError);
  const readAfter = createReadAfter(pool, upcasters);
  let lease: OutboxLease | undefined;

  function announce(commit: Commit): void {
    watch.committed(commit);
    for (const listener of listeners) listener(commit);
  }

  function onCommit(listener: (commit: Commit) => void): () => void {
    listeners.add(listener);
    return () => listeners.delete(listener);
  }

  async function announced<T>(committing: Promise<Committed<T>>): Promise<T> {
    const { result, commit, afterCommit } = await committing;
    for (const listener of afterCommit) listener();
    announce(commit);
    return result;
  }

  const writing = { pool, upcasters, now, lease: () => lease };

  async function loadMany(streamIds: readonly string[]): Promise<Map<string, readonly Recorded[]>> {
    const found = await readStreams(pool, new Map(streamIds.map((id) => [id, 0])), upcasters);
    return new Map(streamIds.map((id) => [id, found.get(id) ?? []]));
  }

  return {
    pool,
    owner,
    now,
    reportError: onError,
    transaction: (lockKeys, fn) => announced(writeTransaction({ ...writing, lockKeys }, fn)),
    transactionFromMemory: (work, fn) =>
      announced(writeFromMemory({ ...writing, lockKeys: work.lockKeys }, work, fn)),
    loadMany,
    async load(streamId, { upTo } = {}) {
      if (upTo !== undefined) return readPrefix(pool, streamId, upTo, upcasters);
      return (await loadMany([streamId])).get(streamId) ?? [];
    },
    read: ({ after = logStart, limit, client = pool }) => readLog(client, after, limit, upcasters),
    head: () => readHead(pool),
    follow: (streamId, afterVersion, signal) =>
      followStream({ readAfter, watch }, streamId, afterVersion, signal),
    followAll: (followOptions) => followLog({ client: pool, upcasters, pollMs, onCommit }, followOptions),
    onCommit,
    leaseOutboxTo(next) {
      if (lease !== undefined) throw new Error('this store already has a relay');
      lease = next;
      return () => {
        lease = undefined;
      };
    },
  };
}
