/** Handles messages in batches, one transaction per batch, each message exactly once by its effects. */
import { performance } from 'node:perf_hooks';
import { context, trace, type Span } from '@opentelemetry/api';
import type { PoolClient } from 'pg';
import { concernsWholeBatch, ConcurrencyError, isRetryable } from './errors.ts';
import type { EventStore } from './event-store.ts';
import { insertNew } from './inbox.ts';
import { createMicroBatch, underLoad, type Rest } from './micro-batch.ts';
import { createRemembering, type ProcessorMemory } from './processor-memory.ts';
import { together } from './run-transaction.ts';
import { inSpan, markFailed, startBatchSpan, startProcessSpan } from './tracing.ts';
import type { Envelope, Handled, Processor, Recorded, Transaction } from './types.ts';

export interface ProcessorHooks {
  /** After each committed batch, duplicates included; duration of the whole transaction. */
  readonly onBatch?: (batch: {
    readonly consumer: string;
    readonly size: number;
    readonly seconds: number;
  }) => void;
  /** After each attempt that lost against another writer; it is repeated or reported to the submitters. */
  readonly onConflict?: (conflict: { readonly consumer: string }) => void;
}

export interface ProcessorOptions<M extends Envelope, R, F = undefined> {
  readonly store: EventStore;
  /** The name under which handled messages are remembered; one per purpose and database. */
  readonly consumer: string;
  /** Every stream that handling the message may write. */
  readonly streams: (message: M) => readonly string[];
  /** Streams to load along with the duplicate check, so that `tx.load` of them needs no round trip. */
  readonly preload?: (message: M) => readonly string[];
  /** Reads of the service's own tables that travel with the duplicate check: of all messages, repeats too. */
  readonly prefetch?: (client: PoolClient, messages: readonly M[]) => Promise<F>;
  /**
   * Lets a batch be decided on what this process remembers, so that its transaction is one round trip. Whatever `handle`
   * decides must then be guarded by what it writes: a key, a condition, the version of a stream. Where the memory does not
   * suffice or was wrong, the batch is handled again on what is read.
   */
  readonly memory?: ProcessorMemory<M, R, F>;
  /**
   * Handles messages in order of arrival, one result each. Locks are held, duplicates removed, the trace of a
   * message is entered by `tx.within`. A throw undoes the batch, which is then tried in halves.
   */
  readonly handle: (tx: Transaction, messages: readonly M[], fetched: F) => Promise<readonly R[]>;
  /** Default: 128. */
  readonly maxBatch?: number;
  /** Default: `underLoad`. */
  readonly rest?: Rest;
  readonly hooks?: ProcessorHooks;
}

interface Submitted<M> {
  readonly message: M;
  readonly streams: readonly string[];
  readonly span: Span;
}

/** The messages to handle: the first of each id, unless a transaction before this one has handled it. */
async function withoutDuplicates<M extends Envelope>(
  tx: Transaction,
  consumer: string,
  batch: readonly Submitted<M>[],
): Promise<Submitted<M>[]> {
  const first = new Map<string, Submitted<M>>();
  for (const submitted of batch) {
    const id = submitted.message.messageId;
    if (id !== undefined && !first.has(id)) first.set(id, submitted);
  }
  if (first.size === 0) return [...batch];
  const fresh = await insertNew(tx.client, consumer, [...first.keys()]);
  return batch.filter((submitted) => {
    const id = submitted.message.messageId;
    return id === undefined || (fresh.has(id) && first.get(id) === submitted);
  });
}

/** The duplicate check and, in the same round trip, what the messages are decided on. */
async function firstReads<M extends Envelope, F>(
  tx: Transaction,
  { consumer, preload, prefetch }: Pick<ProcessorOptions<M, never, F>, 'consumer' | 'preload' | 'prefetch'>,
  batch: readonly Submitted<M>[],
): Promise<{
  readonly fresh: Submitted<M>[];
  readonly fetched: F;
  readonly found: ReadonlyMap<string, readonly Recorded[]>;
}> {
  let fresh: Submitted<M>[] = [];
  let fetched = undefined as F;
  let found: ReadonlyMap<string, readonly Recorded[]> = new Map();
  const messages = batch.map(({ message }) => message);
  const streams = [...new Set(messages.flatMap((message) => preload?.(message) ?? []))];
  await together(tx.client, [
    async () => {
      fresh = await withoutDuplicates(tx, consumer, batch);
    },
    ...(streams.length > 0 ? [async () => void (found = await tx.load(streams))] : []),
    ...(prefetch ? [async () => void (fetched = await prefetch(tx.client, messages))] : []),
  ]);
  return { fresh, fetched, found };
}

/** The transaction whose `within` enters the spans of these messages. */
function enterTraces<M extends Envelope>(tx: Transaction, batch: readonly Submitted<M>[]): Transaction {
  const spans = new Map<Envelope, Span>(batch.map(({ message, span }) => [message, span]));
  return {
    ...tx,
    within(message, fn) {
      const span = spans.get(message);
      return span === undefined
        ? tx.within(message, fn)
        : context.with(trace.setSpan(context.active(), span), fn);
    },
  };
}

/** One transaction per batch: on what is remembered where that will do, else on what is read. */
function createBatchHandler<M extends Envelope, R, F>(
  options: ProcessorOptions<M, R, F>,
): (batch: readonly Submitted<M>[]) => Promise<Handled<R>[]> {
  const { store, consumer, handle, hooks } = options;

  async function handleAll(
    plain: Transaction,
    batch: readonly Submitted<M>[],
    fetched: F,
  ): Promise<readonly R[]> {
    const tx = enterTraces(plain, batch);
    const messages = batch.map(({ message }) => message);
    const [only] = messages;
    if (only === undefined) return [];
    const handling = () => handle(tx, messages, fetched);
    const results = await (messages.length === 1 ? tx.within(only, handling) : handling());
    if (results.length !== messages.length) {
      throw new Error(`${consumer}: ${messages.length} messages gave ${results.length} results`);
    }
    return results;
  }

  async function handleFresh(tx: Transaction, batch: readonly Submitted<M>[]): Promise<Handled<R>[]> {
    const { fresh, fetched, found } = await firstReads(tx, options, batch);
    remembering?.keep(found);
    const results = await handleAll(tx, fresh, fetched);
    const handled = new Map(fresh.map((submitted, index) => [submitted, results[index] as R]));
    return batch.map((submitted) =>
      handled.has(submitted)
        ? { kind: 'handled', result: handled.get(submitted) as R }
        : { kind: 'duplicate' },
    );
  }

  const remembering =
    options.memory &&
    createRemembering({
      store,
      consumer,
      streams: options.streams,
      memory: options.memory,
      onWrong: () => hooks?.onConflict?.({ consumer }),
    });

  return async (batch) => {
    const remembered = await remembering?.tryHandle(
      batch.map(({ message }) => message),
      (tx, fetched) => handleAll(tx, batch, fetched),
    );
    if (remembered !== undefined) return remembered.map((result) => ({ kind: 'handled', result }));
    const lockKeys = [...new Set(batch.flatMap(({ streams }) => streams))];
    return await store.transaction(lockKeys, (tx) => handleFresh(tx, batch));
  };
}

export function createProcessor<M extends Envelope, R, F = undefined>(
  options: ProcessorOptions<M, R, F>,
): Processor<M, R> {
  const { consumer, hooks } = options;
  const handleBatch = createBatchHandler(options);

  async function run(batch: readonly Submitted<M>[]): Promise<Handled<R>[]> {
    const started = performance.now();
    const span = startBatchSpan(
      'commit batch',
      batch.map((each) => each.span),
    );
    try {
      const handled = await inSpan(span, () => handleBatch(batch));
      hooks?.onBatch?.({ consumer, size: batch.length, seconds: (performance.now() - started) / 1000 });
      return handled;
    } catch (error) {
      if (error instanceof ConcurrencyError) hooks?.onConflict?.({ consumer });
      throw error;
    }
  }

  const batches = createMicroBatch<Submitted<M>, Handled<R>>({
    run,
    maxBatch: options.maxBatch ?? 128,
    rest: options.rest ?? underLoad,
    isDivisible: (error) => !concernsWholeBatch(error),
    isRetryable,
  });

  return {
    async submit(message) {
      const span = startProcessSpan(consumer, message.messageId, message.traceparent);
      try {
        const streams = options.streams(message);
        if (span.isRecording()) span.setAttribute('event_store.streams', [...streams]);
        return await batches.submit({ message, streams, span });
      } catch (error) {
        markFailed(span, error);
        throw error;
      } finally {
        span.end();
      }
    },
    drain: () => batches.drain(),
  };
}
