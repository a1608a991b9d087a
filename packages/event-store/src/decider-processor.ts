/** A processor for pure deciders: load, fold, decide, append. */
import type { EventStore } from './event-store.ts';
import { createProcessor, type ProcessorHooks } from './processor.ts';
import { createStateCache, type Folded } from './state-cache.ts';
import type {
  Decider,
  Envelope,
  EventData,
  EventMetadata,
  Processor,
  Recorded,
  Transaction,
} from './types.ts';

export interface DeciderProcessorOptions<M extends Envelope, E extends EventData, S, R> {
  readonly store: EventStore;
  readonly consumer: string;
  readonly streamOf: (message: M) => string;
  /** The message is the command. */
  readonly decider: Decider<M, E, S, R>;
  /** Default: the message id as causation. */
  readonly metadataOf?: (message: M) => EventMetadata;
  /** Long streams whose states are kept in memory. Default: 1000. */
  readonly cachedStreams?: number;
  readonly maxBatch?: number;
  readonly hooks?: ProcessorHooks;
}

function causation({ messageId }: Envelope): EventMetadata {
  return messageId === undefined ? {} : { causationId: messageId };
}

/** Messages of one stream in a batch see each other's events, in order of arrival. */
export function createDeciderProcessor<M extends Envelope, E extends EventData, S, R>(
  options: DeciderProcessorOptions<M, E, S, R>,
): Processor<M, R> {
  const { store, consumer, streamOf, decider, metadataOf = causation, ...rest } = options;

  const empty: Folded<S> = { state: decider.initialState, version: 0 };
  const cache = createStateCache<S>(options.cachedStreams ?? 1000);

  // Only this decider writes its streams, so that what is loaded is of its event type.
  const fold = (from: Folded<S>, events: readonly Recorded[]): Folded<S> => ({
    state: (events as readonly Recorded<E>[]).reduce(decider.evolve, from.state),
    version: events.at(-1)?.version ?? from.version,
  });

  function decideOne(tx: Transaction, message: M, before: Folded<S>): { result: R; after: Folded<S> } {
    const streamId = streamOf(message);
    const decision = decider.decide(message, before.state);
    const metadata = metadataOf(message);
    const recorded =
      before.version === 0
        ? tx.create(streamId, decision.events, metadata)
        : tx.append(streamId, before.version, decision.events, metadata);
    tx.publish(decision.messages ?? []);
    for (const timer of decision.cancelTimers ?? []) tx.cancelTimer(timer);
    for (const timer of decision.timers ?? []) tx.setTimer(timer);
    return { result: decision.result, after: fold(before, recorded) };
  }

  /** What is kept, and the committed events since. */
  async function loadFolded(tx: Transaction, streamIds: readonly string[]): Promise<Map<string, Folded<S>>> {
    const from = new Map(streamIds.map((id) => [id, cache.get(id) ?? empty]));
    const tails = await tx.loadAfter(new Map([...from].map(([id, { version }]) => [id, version])));
    const folded = new Map([...from].map(([id, before]) => [id, fold(before, tails.get(id) ?? [])]));
    for (const [id, now] of folded) cache.set(id, now);
    return folded;
  }

  async function handle(tx: Transaction, messages: readonly M[]): Promise<R[]> {
    const folded = await loadFolded(tx, [...new Set(messages.map(streamOf))]);
    return messages.map((message) => {
      const before = folded.get(streamOf(message)) ?? empty;
      const { result, after } = tx.within(message, () => decideOne(tx, message, before));
      folded.set(streamOf(message), after);
      return result;
    });
  }

  return createProcessor({ store, consumer, streams: (message) => [streamOf(message)], handle, ...rest });
}
