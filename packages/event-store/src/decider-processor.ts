/** A processor for pure deciders: load, fold, decide, append. */
import type { EventStore } from './event-store.ts';
import { createProcessor, type ProcessorHooks } from './processor.ts';
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
  readonly maxBatch?: number;
  readonly hooks?: ProcessorHooks;
}

interface Folded<S> {
  readonly state: S;
  readonly version: number;
}

function causation({ messageId }: Envelope): EventMetadata {
  return messageId === undefined ? {} : { causationId: messageId };
}

/** Messages of one stream in a batch see each other's events, in order of arrival. */
export function createDeciderProcessor<M extends Envelope, E extends EventData, S, R>(
  options: DeciderProcessorOptions<M, E, S, R>,
): Processor<M, R> {
  const { store, consumer, streamOf, decider, metadataOf = causation, ...rest } = options;

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

  async function handle(tx: Transaction, messages: readonly M[]): Promise<R[]> {
    const streams = await tx.load([...new Set(messages.map(streamOf))]);
    const folded = new Map<string, Folded<S>>();
    for (const [id, events] of streams) {
      folded.set(id, fold({ state: decider.initialState, version: 0 }, events));
    }
    return messages.map((message) => {
      const before = folded.get(streamOf(message)) ?? { state: decider.initialState, version: 0 };
      const { result, after } = tx.within(message, () => decideOne(tx, message, before));
      folded.set(streamOf(message), after);
      return result;
    });
  }

  return createProcessor({ store, consumer, streams: (message) => [streamOf(message)], handle, ...rest });
}
