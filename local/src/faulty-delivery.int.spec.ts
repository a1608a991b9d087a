/** The services together, on a bus that does everything an at-least-once bus may do. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { catalogMethods, orderMethods, type Order } from '@ecommercestack/contracts';
import { check, readFacts, readFactsSince } from '@ecommercestack/invariants';
import { createClient } from '@ecommercestack/kit';
import { callContext, eventually, seededRandom } from '@ecommercestack/kit/testing';
import { seed as fill } from './seed.ts';
import { withFaultyShop, type Deliveries, type FaultyShop } from './spec/faulty-shop.ts';
import { orderMix, products, SCARCE_UNITS, type PlannedOrder } from './spec/order-mix.ts';

const SHOPPERS = 16;

const customer = (index: number) => callContext({ actor: { id: `customer-${index}`, roles: ['customer'] } });
const staff = callContext({ actor: { id: 'staff', roles: ['admin'] } });

interface Placed {
  readonly planned: PlannedOrder;
  readonly orderId: string;
  /** The customer was told that the order will be cancelled. */
  readonly cancelled: boolean;
}

async function place({ invoker }: FaultyShop, planned: PlannedOrder, index: number): Promise<Placed> {
  const orders = createClient(orderMethods, invoker, 'order');
  const context = customer(index);
  const placed = await orders['place-order'](
    { request: planned.request, idempotencyKey: `key-${index}` },
    context,
  );
  assert.ok(placed.ok, JSON.stringify(placed));
  const { orderId } = placed.value.order;
  if (planned.cancelAfterMs === undefined) return { planned, orderId, cancelled: false };
  await sleep(planned.cancelAfterMs);
  const { ok: cancelled } = await orders['cancel-order']({ orderId }, context);
  return { planned, orderId, cancelled };
}

async function placeAll(shop: FaultyShop, mix: readonly PlannedOrder[]): Promise<readonly Placed[]> {
  const placed: Placed[] = [];
  const queue = [...mix.entries()];
  const shopper = async () => {
    for (let next = queue.shift(); next; next = queue.shift()) {
      placed.push(await place(shop, next[1], next[0]));
    }
  };
  await Promise.all([...Array.from({ length: SHOPPERS }, shopper), editProducts(shop)]);
  return placed;
}

/** The catalog's events meet the same bus: prices stay, names change. */
async function editProducts({ invoker }: FaultyShop): Promise<void> {
  const catalog = createClient(catalogMethods, invoker, 'catalog');
  for (let edit = 1; edit <= 40; edit += 1) {
    const { sku } = products[edit % products.length]!.product;
    const edited = await catalog['update-product']({ sku, patch: { name: `Name ${edit}` } }, staff);
    assert.ok(edited.ok, JSON.stringify(edited));
  }
}

/** At rest is a shop in which nothing is left to be done, and so nothing may be wrong. */
async function assertRest(shop: FaultyShop, accepted: readonly string[]): Promise<void> {
  await eventually(async () => {
    const violations = check(await readFacts(shop.sources), { settled: true, accepted });
    assert.deepEqual(violations.slice(0, 20), []);
    await sleep(100);
  }, 60_000);
  // So does the shop while it runs, which leaves out what it has seen.
  const ever = new Date(0);
  const { marks } = await readFactsSince(shop.sources, ever);
  const { facts } = await readFactsSince(shop.sources, ever, marks);
  assert.deepEqual(check(facts, { settled: true, accepted }), []);
}

async function assertEndings({ invoker }: FaultyShop, placed: readonly Placed[]): Promise<void> {
  const orders = createClient(orderMethods, invoker, 'order');
  const endings = new Map<Placed, string>();
  for (const each of placed) {
    const read = await orders['get-order']({ orderId: each.orderId }, staff);
    assert.ok(read.ok);
    endings.set(each, endingOf(read.value));
  }
  for (const [{ planned, cancelled, orderId }, ending] of endings) {
    const what = `order ${orderId} ${JSON.stringify(planned)}`;
    if (planned.ends !== undefined) assert.equal(ending, planned.ends, what);
    if (planned.cancelAfterMs !== undefined)
      assert.equal(ending, cancelled ? 'CANCELLED' : 'CONFIRMED', what);
  }
  const scarce = [...endings].filter(
    ([{ planned }]) => planned.ends === undefined && planned.cancelAfterMs === undefined,
  );
  const won = scarce.filter(([, ending]) => ending === 'CONFIRMED');
  assert.equal(won.length, SCARCE_UNITS);
  assert.ok(scarce.every(([, ending]) => ending === 'CONFIRMED' || ending === 'REJECTED out-of-stock'));
}

function endingOf({ status, reason }: Order): string {
  return status === 'REJECTED' ? `${status} ${reason}` : status;
}

/** Every consumer was given messages again, or the test would show nothing. */
function assertFaulty(deliveries: Deliveries): void {
  for (const [consumer, counts] of deliveries) {
    const repeated = [...counts.values()].filter((count) => count > 1);
    assert.ok(repeated.length > 0, `${consumer} was given ${counts.size} messages, each once`);
  }
}

for (const seed of [1, 2, 3]) {
  test(`a duplicate, delayed or reordered delivery changes nothing (seed ${seed})`, () =>
    withFaultyShop(seed, async (shop) => {
      await fill(shop.invoker, products, AbortSignal.timeout(60_000));
      const placed = await placeAll(shop, orderMix(seededRandom(seed)));
      await assertRest(
        shop,
        placed.map(({ orderId }) => orderId),
      );
      await assertEndings(shop, placed);
      assertFaulty(shop.deliveries);
    }));
}
