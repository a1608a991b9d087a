/** Shoppers who keep ordering until they are told to stop, and who do not give up on an order. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Order } from '@ecommercestack/contracts';
import { Client, orderOf } from './client.ts';
import { eventually } from './eventually.ts';
import type { Platform } from './platform.ts';

export interface Load {
  /** Accepted so far. */
  readonly orderIds: readonly string[];
  /** What each of them is paid with. */
  readonly payments: ReadonlyMap<string, string>;
  /** What went wrong with a request that was then repeated with the same key. */
  readonly failures: readonly string[];
  /** Resolves when each order that was begun has been accepted. */
  stop(): Promise<void>;
}

export interface LoadOptions {
  readonly sku: string;
  /** Access tokens of the shoppers. */
  readonly tokens: readonly string[];
  /** Of the payments, in turn. Default: all go well. */
  readonly payWith?: readonly string[];
  /** Of one shopper between two orders. */
  readonly pauseMs?: number;
  /** After which an order that is not accepted fails the load. Default: too long for the loss of a part. */
  readonly patienceMs?: number;
}

const REPEAT_MS = 200;

export function startLoad(
  { access }: Platform,
  { sku, tokens, payWith = ['tok_ok'], pauseMs = 50, patienceMs = 90_000 }: LoadOptions,
): Load {
  const stopping = new AbortController();
  const orderIds: string[] = [];
  const payments = new Map<string, string>();
  const failures: string[] = [];
  const visitor = new Client(access.url);

  async function placeOne(client: Client, paymentToken: string): Promise<void> {
    const key = randomUUID();
    const deadline = Date.now() + patienceMs;
    for (;;) {
      const answer = await client
        .post<Order>('/api/orders', orderOf(sku, 1, paymentToken), { 'idempotency-key': key })
        .catch((error: unknown) => {
          if (error instanceof assert.AssertionError) throw error;
          return String(error instanceof Error ? (error.cause ?? error) : error);
        });
      if (typeof answer !== 'string' && answer.status === 202) {
        orderIds.push(answer.body.orderId);
        payments.set(answer.body.orderId, paymentToken);
        return;
      }
      failures.push(typeof answer === 'string' ? answer : `${answer.status} ${JSON.stringify(answer.body)}`);
      if (Date.now() > deadline) throw new Error(`never accepted: ${failures.at(-1)}`);
      await sleep(REPEAT_MS);
    }
  }

  const shoppers = Promise.all(
    tokens.map(async (token, index) => {
      const client = visitor.as(token);
      for (let turn = index; !stopping.signal.aborted; turn += 1) {
        await placeOne(client, payWith[turn % payWith.length] ?? 'tok_ok');
        await sleep(pauseMs);
      }
    }),
  );
  // Whoever stops the load hears of it; until then it is not unhandled.
  shoppers.catch(() => stopping.abort());
  return {
    orderIds,
    payments,
    failures,
    stop: async () => {
      stopping.abort();
      await shoppers;
    },
  };
}

const ends = new Set(['CONFIRMED', 'REJECTED', 'CANCELLED']);

/** By order, once each has ended. */
export async function endsOf(
  { access }: Platform,
  orderIds: readonly string[],
  deadlineMs = 150_000,
): Promise<ReadonlyMap<string, Order>> {
  const admin = new Client(access.url, access.adminToken);
  return await eventually(
    'every order is terminal',
    async () => {
      const orders = await readOrders(admin, orderIds);
      return orders !== undefined && [...orders.values()].every(({ status }) => ends.has(status)) && orders;
    },
    { deadlineMs },
  );
}

/** Undefined while they cannot be read. */
async function readOrders(
  admin: Client,
  orderIds: readonly string[],
): Promise<ReadonlyMap<string, Order> | undefined> {
  const found = new Map<string, Order>();
  for (let start = 0; start < orderIds.length; start += 100) {
    const page = orderIds.slice(start, start + 100).join(',');
    const { status, body } = await admin.get<{ items: Order[] }>(`/api/orders?ids=${page}`);
    if (status !== 200) return undefined;
    for (const order of body.items) found.set(order.orderId, order);
  }
  assert.equal(found.size, orderIds.length, 'every order is known');
  return found;
}
