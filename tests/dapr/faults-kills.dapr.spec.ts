/**
 * `kill -9` at random under load, and a broker that is away. Longer or otherwise with FAULTS_ROUNDS (kills of each
 * process, 1), FAULTS_SEED and FAULTS_BROKER (redis); KEEP_DATA=1 leaves the logs and databases to look at.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Order } from '@ecommercestack/contracts';
import { seededRandom } from '@ecommercestack/kit/testing';
import { eventually } from '../src/eventually.ts';
import { killOne, takeDown } from '../src/faults/outage.ts';
import { openShop, type BrokerName, type SufferingShop } from '../src/faults/shop.ts';

const broker: BrokerName = process.env['FAULTS_BROKER'] === 'kafka' ? 'kafka' : 'redis';
const rounds = Number(process.env['FAULTS_ROUNDS'] ?? 1);
const seed = Number(process.env['FAULTS_SEED'] ?? Date.now() % 1_000_000);

/** Between two kills. */
const MOST_ORDERS = 30;
const PATIENCE_MS = 8_000;
const OUTAGE_MS = 30_000;

function shuffled<T>(items: readonly T[], random: () => number): readonly T[] {
  return items
    .map((item) => ({ item, place: random() }))
    .toSorted((a, b) => a.place - b.place)
    .map(({ item }) => item);
}

describe(`a shop over ${broker} under load`, () => {
  let shop: SufferingShop;

  before(async () => {
    shop = await openShop(broker);
  });

  after(() => shop.platform.stop());

  test(`loses no order to kill -9 of anything at any time (seed ${seed})`, async () => {
    const { platform } = shop;
    const random = seededRandom(seed);
    const names = (await platform.processes()).map(({ name }) => name);
    const load = shop.trade();
    await eventually('the shop takes orders', async () => load.orderIds.length >= 20);
    for (let round = 0; round < rounds; round += 1) {
      for (const name of shuffled(names, random)) {
        // Not before some more orders, but without waiting for the return of the last: it may be what they wait for.
        const enough = load.orderIds.length + random() * MOST_ORDERS;
        const patience = AbortSignal.timeout(PATIENCE_MS);
        while (load.orderIds.length < enough && !patience.aborted) await sleep(20);
        console.log(`kill -9 ${name}, seed ${seed}, after ${load.orderIds.length} orders`);
        await killOne(platform, name);
      }
    }
    const placed = load.orderIds.length;
    await eventually('the shop takes orders again', async () => load.orderIds.length >= placed + 20);
    await shop.judge(load);
    console.log(`${load.orderIds.length} orders; ${load.failures.length} requests repeated`);
    assert.ok(load.failures.length > 0, 'no request noticed that the gateway was killed');
  });

  test('takes orders while the broker is away, and brings them to their end when it is back', async () => {
    const { platform } = shop;
    const load = shop.trade();
    await eventually('the shop takes orders', async () => load.orderIds.length >= 20);
    const refused = load.failures.length;
    const bringBack = await takeDown(platform, broker);
    await sleep(OUTAGE_MS / 2);
    const placedBefore = load.orderIds.length;
    await sleep(OUTAGE_MS / 2);
    const meanwhile = load.orderIds.slice(placedBefore);
    assert.deepEqual(load.failures.slice(refused), [], 'a request was refused');
    assert.ok(meanwhile.length >= 20, `only ${meanwhile.length} orders`);
    const [last = ''] = meanwhile.slice(-1);
    const { status } = (await shop.admin.get<Order>(`/api/orders/${last}`)).body;
    assert.equal(status, 'PENDING', 'the broker was not away');
    await bringBack();
    await shop.judge(load);
  });
});
