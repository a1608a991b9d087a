/**
 * Announces the events of products: at least once, in order of versions per product, by any number of relays at a time.
 * Before it does, it finishes what the writer of the event was kept from.
 */
import { randomUUID } from 'node:crypto';
import { createBackground, createMicroBatch } from '@ecommercestack/event-store';
import type { Message, PublishOutcome } from '@ecommercestack/kit';
import { announcementOf } from '../../domain/announcement.ts';
import { createClaims } from './claims.ts';
import type { Collections } from './database.ts';
import { recordedEvent, stateOf } from './documents.ts';
import type { EventDocument } from './documents.ts';
import { writeMissingStates } from './states.ts';

export interface MongodbRelayOptions {
  /** One outcome per message, in order. A throw fails them all. */
  readonly publish: (messages: readonly Message[]) => Promise<readonly PublishOutcome[]>;
  /** Messages per publish call, all of different products. */
  readonly maxBatch: number;
  readonly reportError: (error: unknown) => void;
  /** Products being announced at a time. Default 1000. */
  readonly maxInFlight?: number;
  /** How long an event stays with a relay that is not heard of, and how long a failed one rests. Default 5000. */
  readonly leaseMs?: number;
  /** How often events are sought that this process did not write. Default 1000. */
  readonly pollMs?: number;
}

export interface MongodbRelay {
  start(): void;
  /** There is something to announce. */
  wake(): void;
  /** Waits for what is being published, and leaves the rest to other relays. */
  stop(): Promise<void>;
}

export function createMongodbRelay(collections: Collections, options: MongodbRelayOptions): MongodbRelay {
  const { publish, maxBatch, reportError, maxInFlight = 1_000, leaseMs = 5_000, pollMs = 1_000 } = options;
  const claims = createClaims(collections, { owner: randomUUID(), leaseMs });
  /** By SKU, the id of the one event that is being published. */
  const inFlight = new Map<string, string>();
  const calls = new Set<Promise<void>>();
  let renewedAt = performance.now();

  const marks = createMicroBatch<EventDocument, true>({
    maxBatch: 1_000,
    isDivisible: () => false,
    run: async (events) => {
      await claims.announced(events);
      return events.map(() => true as const);
    },
  });

  /** What fails stays claimed, and is tried again when the lease has run out. */
  const send = async (events: readonly EventDocument[]): Promise<void> => {
    const outcomes = await publish(events.map(messageOf));
    const done: EventDocument[] = [];
    events.forEach((event, at) => {
      const outcome = outcomes[at] ?? { ok: false, error: new Error(`no outcome for ${event.sku}`) };
      if (outcome.ok) done.push(event);
      else reportError(outcome.error);
    });
    await Promise.all(done.map((event) => marks.submit(event)));
  };

  const track = (events: readonly EventDocument[]): void => {
    for (const { sku, _id } of events) inFlight.set(sku, _id);
    const call = send(events)
      .catch(reportError)
      .finally(() => {
        for (const { sku } of events) inFlight.delete(sku);
        calls.delete(call);
        background.wake();
      });
    calls.add(call);
  };

  const round = async (): Promise<number> => {
    if (performance.now() - renewedAt > leaseMs / 3) {
      renewedAt = performance.now();
      if (inFlight.size > 0) await claims.renew([...inFlight.values()]);
    }
    const room = maxInFlight - inFlight.size;
    const taken = room > 0 ? await claims.take(room, [...inFlight.keys()]) : [];
    await writeMissingStates(collections, taken);
    for (let at = 0; at < taken.length; at += maxBatch) track(taken.slice(at, at + maxBatch));
    return Math.min(pollMs, leaseMs / 3);
  };

  const background = createBackground({ round, retryMs: pollMs, reportError });
  return {
    start: () => {
      renewedAt = performance.now();
      background.start();
    },
    wake: () => background.wake(),
    async stop() {
      await background.stop();
      await Promise.all(calls);
      await marks.drain();
      await claims.release();
    },
  };
}

function messageOf(document: EventDocument): Message {
  const { _id, sku, version, after, occurredAt, traceparent } = document;
  const { type, data } = announcementOf(recordedEvent(document), stateOf(sku, version, after));
  return {
    // The same for a repeated announcement, which a consumer with an inbox then recognises.
    id: `catalog:${_id}`,
    topic: 'catalog.events',
    key: sku,
    type,
    time: occurredAt.toISOString(),
    source: 'catalog',
    ...(traceparent === undefined ? {} : { traceparent }),
    data,
  };
}
