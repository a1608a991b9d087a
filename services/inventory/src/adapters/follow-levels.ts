import { stockLevelChanged } from '@ecommercestack/contracts';
import type { StockLevel } from '@ecommercestack/contracts';
import type { EventStore } from '@ecommercestack/event-store';
import { z } from 'zod';
import { stockStreamPrefix } from './stock-stream.ts';

const recordedLevel = stockLevelChanged.schema.omit({ version: true });

/** Levels that any process commits from now on; the version is that of the event. */
export async function followLevels(
  store: EventStore,
  signal: AbortSignal,
): Promise<AsyncIterable<StockLevel>> {
  const after = await store.head();
  const events = store.followAll({
    signal,
    after,
    streamPrefix: stockStreamPrefix,
    types: [stockLevelChanged.type],
  });
  return toLevels(events);
}

type FollowedEvents = ReturnType<EventStore['followAll']>;

async function* toLevels(events: FollowedEvents): AsyncGenerator<StockLevel> {
  for await (const { data, version } of events) yield { ...z.parse(recordedLevel, data), version };
}
