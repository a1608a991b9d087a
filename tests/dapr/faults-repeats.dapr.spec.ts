/** Each message is delivered three times, by a broker that has it three times. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { eventually } from '../src/eventually.ts';
import { deliveriesOf } from '../src/faults/deliveries.ts';
import { startRepeater } from '../src/faults/repeater.ts';
import { openShop, type SufferingShop } from '../src/faults/shop.ts';

const READS: Readonly<Record<string, readonly string[]>> = {
  order: ['inventory.events', 'payment.events'],
  inventory: ['inventory.commands', 'catalog.events'],
  payment: ['payment.commands'],
  catalog: ['catalog.events', 'inventory.stock'],
  notification: ['order.events'],
};

describe('messages over Redis', () => {
  let shop: SufferingShop;

  before(async () => {
    shop = await openShop('redis');
  });

  after(() => shop.platform.stop());

  test('each delivered three times change nothing', async () => {
    const { platform } = shop;
    const repeater = await startRepeater(platform, [...new Set(Object.values(READS).flat())]);
    const load = shop.trade();
    await eventually('some orders', async () => load.orderIds.length >= 60);
    await shop.judge(load);
    const lengths = await repeater.stop();
    await eventually('all of them have been delivered', async () => {
      const delivered = await deliveriesOf(platform);
      return Object.entries(READS).every(([consumer, topics]) => {
        const published = topics.reduce((sum, topic) => sum + (lengths.get(topic) ?? 0), 0);
        assert.equal(published % 3, 0, 'everything is there three times');
        return (delivered[consumer] ?? 0) >= published;
      });
    });
    await shop.judge(load);
  });
});
