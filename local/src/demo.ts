/** `--demo`: keeps placing varied orders over HTTP, as shoppers would, with a one-line live summary. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Order, OrderRequest, ProductPage } from '@ecommercestack/contracts';
import { Agent, fetch } from 'undici';

export interface DemoOptions {
  readonly url: string;
  /** Access tokens of the shoppers. */
  readonly tokens: readonly string[];
  /** Of the shop's owner, who fills up now and then what has run out. */
  readonly adminToken: string;
  readonly signal: AbortSignal;
  /** Called with the summary after every order. */
  readonly show: (summary: string) => void;
  /** Mean pause of one shopper between two orders. */
  readonly pauseMs?: number;
}

/** What the shoppers pay with: most succeed, some are declined, a few meet a provider in trouble. */
const paymentTokens = [
  ...Array.from({ length: 14 }, () => 'tok_ok'),
  'tok_decline',
  'tok_decline',
  'tok_insufficient_funds',
  'tok_slow',
  'tok_error_once',
  'tok_timeout_after_charge',
];

const shoppers = [
  'Ada Lovelace',
  'Alan Turing',
  'Grace Hopper',
  'Edsger Dijkstra',
  'Barbara Liskov',
  'Leslie Lamport',
];
const cities = [
  { line1: '12 Harbour Street', postalCode: '1011 AB', city: 'Amsterdam', country: 'NL' },
  { line1: 'Rua das Flores 7', postalCode: '1200-195', city: 'Lisboa', country: 'PT' },
  { line1: 'Hauptstraße 3', postalCode: '10827', city: 'Berlin', country: 'DE' },
] as const;

interface Tally {
  placed: number;
  confirmed: number;
  declined: number;
  outOfStock: number;
  cancelled: number;
  pending: number;
  failed: number;
}

/** Resolves when the signal aborts. Orders that go wrong are part of the show and counted, never thrown. */
export async function runDemo(options: DemoOptions): Promise<void> {
  const agent = new Agent({ connections: 16 });
  const tally: Tally = {
    placed: 0,
    confirmed: 0,
    declined: 0,
    outOfStock: 0,
    cancelled: 0,
    pending: 0,
    failed: 0,
  };
  const skus = await readSkus(options.url, agent);
  const started = performance.now();
  try {
    await Promise.all(
      options.tokens.map(async (token, index) => {
        while (await pause(options)) {
          await shopOnce({ ...options, token, agent, skus, name: pick(shoppers, index) }, tally);
          options.show(summaryOf(tally, performance.now() - started));
        }
      }),
    );
  } finally {
    await agent.close();
  }
}

/** False: the signal has aborted. */
async function pause({ signal, pauseMs = 900 }: DemoOptions): Promise<boolean> {
  await sleep(Math.random() * 2 * pauseMs, undefined, { signal }).catch((error: unknown) => {
    if (!signal.aborted) throw error;
  });
  return !signal.aborted;
}

async function readSkus(url: string, agent: Agent): Promise<readonly string[]> {
  const response = await fetch(`${url}/api/products?limit=100`, { dispatcher: agent });
  return ((await response.json()) as ProductPage).items.map((product) => product.sku);
}

interface Shopper {
  readonly url: string;
  readonly token: string;
  readonly adminToken: string;
  readonly agent: Agent;
  readonly skus: readonly string[];
  readonly name: string;
}

async function shopOnce(shopper: Shopper, tally: Tally): Promise<void> {
  const cancels = Math.random() < 0.05;
  tally.placed++;
  tally.pending++;
  try {
    const order = await post(shopper, '/api/orders', orderOf(shopper), cancels ? 0 : 30);
    if (cancels) await post(shopper, `/api/orders/${order.orderId}/cancel`, undefined, 0);
    count(order, cancels, tally);
    if (order.reason === 'out-of-stock' && Math.random() < 0.3) await fillUp(shopper, order);
  } catch {
    // A shop that is restarting, throttling or refusing is what this stream is there to show.
    tally.failed++;
  } finally {
    tally.pending--;
  }
}

function count(order: Order, cancelled: boolean, tally: Tally): void {
  if (cancelled) tally.cancelled++;
  else if (order.status === 'CONFIRMED') tally.confirmed++;
  else if (order.reason === 'out-of-stock') tally.outOfStock++;
  else if (order.reason === 'payment-declined') tally.declined++;
  else tally.failed++;
}

function orderOf({ skus, name }: Shopper): OrderRequest {
  const lines = 1 + Math.floor(Math.random() * 3);
  const chosen = new Set(Array.from({ length: lines }, () => pick(skus)));
  // Now and then somebody wants more than any shelf holds.
  const quantity = () => (Math.random() < 0.04 ? 999 : 1 + Math.floor(Math.random() * 3));
  return {
    items: [...chosen].map((sku) => ({ sku, quantity: quantity() })),
    payment: { token: pick(paymentTokens) },
    shippingAddress: { name, ...pick(cities) },
  };
}

async function fillUp(shopper: Shopper, { lines }: Order): Promise<void> {
  const owner = { ...shopper, token: shopper.adminToken };
  for (const { sku } of lines) await post(owner, `/api/inventory/${sku}/restock`, { quantity: 20 }, 0);
}

async function post(shopper: Shopper, path: string, body: unknown, waitSeconds: number): Promise<Order> {
  const response = await fetch(shopper.url + path, {
    method: 'POST',
    dispatcher: shopper.agent,
    headers: {
      authorization: `Bearer ${shopper.token}`,
      'content-type': 'application/json',
      'idempotency-key': randomUUID(),
      prefer: `wait=${waitSeconds}`,
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const answer = await response.json();
  if (!response.ok) throw new Error(`${path}: ${response.status}`);
  return answer as Order;
}

function pick<T>(list: readonly T[], index = Math.floor(Math.random() * list.length)): T {
  const item = list[index % list.length];
  if (item === undefined) throw new Error('nothing to pick from');
  return item;
}

function summaryOf(tally: Tally, elapsedMs: number): string {
  const perSecond = (tally.placed / (elapsedMs / 1_000)).toFixed(1);
  return (
    `${tally.placed} orders (${perSecond}/s)  ✓ ${tally.confirmed} confirmed  ✗ ${tally.declined} declined  ` +
    `∅ ${tally.outOfStock} out of stock  ↩ ${tally.cancelled} cancelled  … ${tally.pending} in flight  ! ${tally.failed} failed`
  );
}
