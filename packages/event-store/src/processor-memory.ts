/** Handles batches on what the process remembers, as long as that turns out to be true. */
import { CommitUnknownError, NotRememberedError, StoreUnavailableError } from './errors.ts';
import type { EventStore } from './event-store.ts';
import { createStreamMemory } from './stream-memory.ts';
import type { Envelope, Recorded, Transaction } from './types.ts';

/** What a service remembers beside its streams, and how it knows when that is enough. */
export interface ProcessorMemory<M extends Envelope, R, F = undefined> {
  /** What `prefetch` would have read; undefined where that is not remembered. */
  readonly recall: (messages: readonly M[]) => { readonly fetched: F } | undefined;
  /** Whether streams of this message are taken to be empty where they are not remembered. Default: no. */
  readonly begins?: (message: M) => boolean;
  /** Whether nothing in these results rests on something that no write guards. Streams are looked after. Default: yes. */
  readonly isGuarded?: (results: readonly R[]) => boolean;
  /** What is remembered was wrong. */
  readonly forget?: () => void;
}

interface Options<M extends Envelope, R, F> {
  readonly store: EventStore;
  readonly consumer: string;
  readonly streams: (message: M) => readonly string[];
  readonly memory: ProcessorMemory<M, R, F>;
  /** Others have written in between. */
  readonly onWrong: () => void;
}

export interface Remembering<M extends Envelope, R, F> {
  /** Streams that were read. */
  keep(found: ReadonlyMap<string, readonly Recorded[]>): void;
  /** One result per message; undefined, with nothing committed, where they must be handled on what is read. */
  tryHandle(
    messages: readonly M[],
    handle: (tx: Transaction, fetched: F) => Promise<readonly R[]>,
  ): Promise<readonly R[] | undefined>;
}

/** So many batches at most are read after one that was remembered wrongly, twice as many each time. */
const longestDistrust = 64;

export function createRemembering<M extends Envelope, R, F>(options: Options<M, R, F>): Remembering<M, R, F> {
  const { store, consumer, memory, onWrong } = options;
  const kept = createStreamMemory();
  store.onCommit(({ events }) => kept.extend(events));
  let distrust = 0;
  let toRead = 0;

  function recallFor(messages: readonly M[]): (streamId: string) => readonly Recorded[] {
    const beginning = new Set(
      messages.flatMap((message) => (memory.begins?.(message) === true ? options.streams(message) : [])),
    );
    return (streamId) => {
      const events = kept.get(streamId) ?? (beginning.has(streamId) ? [] : undefined);
      if (events === undefined) throw new NotRememberedError(`stream ${streamId}`);
      return events;
    };
  }

  function failed(error: unknown): undefined {
    const isOver = error instanceof CommitUnknownError || error instanceof StoreUnavailableError;
    if (!(error instanceof NotRememberedError)) {
      kept.forget();
      memory.forget?.();
      distrust = Math.min(longestDistrust, distrust * 2 + 1);
      toRead = distrust;
    }
    if (isOver) throw error;
    if (!(error instanceof NotRememberedError)) onWrong();
    return undefined;
  }

  return {
    keep(found) {
      for (const [streamId, events] of found) kept.keep(streamId, events);
    },
    async tryHandle(messages, handle) {
      if (toRead > 0) {
        toRead -= 1;
        return undefined;
      }
      const messageIds = messages.flatMap(({ messageId }) => messageId ?? []);
      const known = new Set(messageIds).size === messageIds.length ? memory.recall(messages) : undefined;
      if (known === undefined) return undefined;
      const work = {
        lockKeys: [...new Set(messages.flatMap(options.streams))],
        recall: recallFor(messages),
        inbox: { consumer, messageIds: messageIds.sort() },
      };
      try {
        const results = await store.transactionFromMemory(work, async (tx) => {
          const decided = await handle(tx, known.fetched).catch((cause: unknown) => {
            throw new NotRememberedError('what can be handled', { cause });
          });
          if (memory.isGuarded?.(decided) === false) throw new NotRememberedError('what no write guards');
          return decided;
        });
        distrust >>= 1;
        return results;
      } catch (error) {
        return failed(error);
      }
    },
  };
}
