/** Reads orders as folds of their streams. */
import type { EventStore, Recorded } from '@ecommercestack/event-store';
import { evolve, fold } from '../domain/evolve.ts';
import type { OrderEvent } from '../domain/events.ts';
import { streamOf, type PlacedOrder } from '../domain/order.ts';
import type { OrderReader } from '../ports.ts';
import { findAddress } from './side-tables.ts';

/** Only the order processor writes the streams of orders, so that what they hold are its events. */
function asOrderEvents(events: readonly Recorded[]): readonly Recorded<OrderEvent>[] {
  return events as readonly Recorded<OrderEvent>[];
}

function orderOf(events: readonly Recorded[] | undefined): PlacedOrder | undefined {
  const state = fold(asOrderEvents(events ?? []));
  return state.status === 'NONE' ? undefined : state;
}

export function createOrderReader(store: EventStore): OrderReader {
  return {
    load: async (orderId, upTo) =>
      orderOf(await store.load(streamOf(orderId), upTo === undefined ? {} : { upTo })),
    loadMany: async (orderIds) => {
      const streams = await store.loadMany(orderIds.map(streamOf));
      return orderIds.flatMap((id) => orderOf(streams.get(streamOf(id))) ?? []);
    },
    events: async (orderId) => asOrderEvents(await store.load(streamOf(orderId))),
    shippingAddress: (orderId) => findAddress(store.pool, orderId),
    async *follow(order, signal) {
      let latest = order;
      const events = store.follow(streamOf(order.terms.orderId), order.version, signal);
      for await (const event of events) {
        latest = evolve(latest, event as Recorded<OrderEvent>);
        yield latest;
      }
    },
  };
}
