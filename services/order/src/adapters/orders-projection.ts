/** The table `orders`: the last state of each order stream, for lists. */
import type { PoolClient } from 'pg';
import type { OrderStatus } from '@ecommercestack/contracts';
import {
  createProjection,
  type EventStore,
  type Projection,
  type Recorded,
} from '@ecommercestack/event-store';
import { reasonIn, statusAfter, type OrderEvent } from '../domain/events.ts';
import { isOrderStream, orderIdOf, type OrderTerms } from '../domain/order.ts';

export const PROJECTION = 'orders';

/** What a batch of events does to one row. */
interface Change {
  readonly orderId: string;
  readonly terms?: OrderTerms;
  readonly placedAt?: Date;
  readonly status: OrderStatus;
  readonly reason: string | null;
  readonly version: number;
  readonly changedAt: Date;
}

export function createOrdersProjection(store: EventStore): Projection {
  return createProjection({
    store,
    name: PROJECTION,
    // Many an order is placed and confirmed within this time, and its row then written once.
    restMs: 200,
    apply,
    reset: async (client) => {
      await client.query('DELETE FROM orders');
    },
  });
}

async function apply(client: PoolClient, events: readonly Recorded[]): Promise<void> {
  const changes = changesOf(events);
  await insertOrders(client, changes.filter(isNew));
  await updateOrders(
    client,
    changes.filter((change) => !isNew(change)),
  );
}

/** One change per order: the last status, and the last reason that any event of the batch named. */
function changesOf(events: readonly Recorded[]): readonly Change[] {
  const changes = new Map<string, Change>();
  for (const event of events) {
    if (!isOrderStream(event.streamId)) continue;
    const fact = event as Recorded<OrderEvent>;
    const orderId = orderIdOf(fact.streamId);
    const before = changes.get(orderId);
    changes.set(orderId, {
      ...before,
      orderId,
      ...(fact.type === 'order-placed' && { terms: fact.data, placedAt: fact.occurredAt }),
      status: statusAfter[fact.type],
      reason: reasonIn(fact) ?? before?.reason ?? null,
      version: fact.version,
      changedAt: fact.occurredAt,
    });
  }
  return [...changes.values()];
}

type NewOrder = Change & { readonly terms: OrderTerms; readonly placedAt: Date };

function isNew(change: Change): change is NewOrder {
  return change.terms !== undefined;
}

async function insertOrders(client: PoolClient, orders: readonly NewOrder[]): Promise<void> {
  if (orders.length === 0) return;
  await client.query({
    name: 'project-new-orders',
    text: `INSERT INTO orders (order_id, customer_id, status, reason, total_amount, currency, version, created_at, updated_at)
           SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::bigint[], $6::text[], $7::integer[],
                                $8::timestamptz[], $9::timestamptz[])`,
    values: [
      orders.map(({ orderId }) => orderId),
      orders.map(({ terms }) => terms.customerId),
      orders.map(({ status }) => status),
      orders.map(({ reason }) => reason),
      orders.map(({ terms }) => terms.total.amount),
      orders.map(({ terms }) => terms.total.currency),
      orders.map(({ version }) => version),
      orders.map(({ placedAt }) => placedAt),
      orders.map(({ changedAt }) => changedAt),
    ],
  });
}

async function updateOrders(client: PoolClient, changes: readonly Change[]): Promise<void> {
  if (changes.length === 0) return;
  await client.query({
    name: 'project-order-changes',
    text: `UPDATE orders SET status = change.status, reason = coalesce(change.reason, orders.reason),
                  version = change.version, updated_at = change.updated_at
             FROM unnest($1::uuid[], $2::text[], $3::text[], $4::integer[], $5::timestamptz[])
               AS change (order_id, status, reason, version, updated_at)
            WHERE orders.order_id = change.order_id`,
    values: [
      changes.map(({ orderId }) => orderId),
      changes.map(({ status }) => status),
      changes.map(({ reason }) => reason),
      changes.map(({ version }) => version),
      changes.map(({ changedAt }) => changedAt),
    ],
  });
}
